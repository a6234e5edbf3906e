import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Client, Source } from '../clients.ts'
import type { InstalledClient } from '../installed-client.ts'
import { cacheFolder, command, driversFolder, HOW_TO_INSTALL, NotInstallable } from './toolbox.ts'

type GoSource = Extract<Source, { kind: 'go' }>

/** Go's own cache makes a second build a matter of a moment, so there is no stamp. */
export async function installGo(
  client: Client,
  source: GoSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const binary = join(cacheFolder(), 'go', source.main)
  if (!mayInstall && !existsSync(binary)) throw new NotInstallable(HOW_TO_INSTALL)
  const options = {
    cwd: join(driversFolder, 'go'),
    env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
  }
  await command('go', ['build', '-o', binary, `./${source.main}`], options)
  return { client, command: [binary], env: {} }
}
