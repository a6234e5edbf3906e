import { rmSync } from 'node:fs'
import { join } from 'node:path'

import type { Client, Source } from '../clients.ts'
import type { InstalledClient } from '../installed-client.ts'
import { cacheFolder, command, driversFolder, Stamp } from './toolbox.ts'

type PythonSource = Extract<Source, { kind: 'python' }>

/** A virtual environment per client, for two of them are releases of one package. */
export async function installPython(
  client: Client,
  source: PythonSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const folder = join(cacheFolder(), client.name)
  const python = join(folder, 'bin', 'python')
  const stamp = new Stamp(folder, source.requirements)
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    rmSync(folder, { recursive: true, force: true })
    await command('python3', ['-m', 'venv', folder])
    const only = ['--quiet', '--disable-pip-version-check', '--prefer-binary']
    await command(python, ['-m', 'pip', 'install', ...only, ...source.requirements])
    stamp.write()
  }
  // only loading it tells whether this Python is one that the client still knows
  await command(python, ['-c', `import ${source.module}`])
  const driver = join(driversFolder, 'python', `${source.driver}.py`)
  return { client, command: [python, driver], env: { PYTHONDONTWRITEBYTECODE: '1' } }
}
