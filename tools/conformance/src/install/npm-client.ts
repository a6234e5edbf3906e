import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { Client, Source } from '../clients.ts'
import type { InstalledClient } from '../installed-client.ts'
import { cacheFolder, command, driversFolder, isThere, NotInstallable, Stamp } from './toolbox.ts'

type NpmSource = Extract<Source, { kind: 'npm' }>

/** Scripts of packages are never run but for the one native build that is asked for. */
export async function installNpm(
  client: Client,
  source: NpmSource,
  mayInstall: boolean,
): Promise<InstalledClient> {
  const folder = join(cacheFolder(), client.name)
  const native = source.native === undefined ? undefined : await nodeWithHeaders()
  const stamp = new Stamp(folder, [source.packages, native])
  stamp.expectCurrentUnless(mayInstall)
  if (!stamp.isCurrent) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const manifest = { private: true, dependencies: source.packages }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    const quiet = [
      '--fetch-retries=1',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
    ]
    await command('npm', ['install', ...quiet], { cwd: folder })
    if (source.native && native) await buildNative(folder, source.native.packageName, native)
    stamp.write()
  }
  return {
    client,
    command: [native?.node ?? process.execPath, join(driversFolder, source.driver, 'driver.mjs')],
    env: { PAFKA_CLIENT_HOME: folder },
  }
}

interface NodeWithHeaders {
  readonly node: string
  readonly prefix: string
}

/**
 * `dynamic` links the bundled library beside the addon; the default would fetch a binary from
 * elsewhere.
 */
async function buildNative(folder: string, name: string, native: NodeWithHeaders): Promise<void> {
  const preGyp = join(folder, 'node_modules', '.bin', 'node-pre-gyp')
  await command(native.node, [realpathSync(preGyp), 'install', '--build-from-source'], {
    cwd: join(folder, 'node_modules', name),
    env: {
      CKJS_LINKING: 'dynamic',
      npm_config_nodedir: native.prefix,
      PATH: `${dirname(native.node)}:${process.env['PATH'] ?? ''}`,
    },
  })
}

/** An addon is bound to the Node whose headers it was built with; npm's `node` package has none. */
async function nodeWithHeaders(): Promise<NodeWithHeaders> {
  if (!(await isThere('make', '--version')) || !(await isThere('g++', '--version'))) {
    throw new NotInstallable('make and g++ are needed to build its addon')
  }
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '')
  for (const folder of [...folders, '/usr/local/bin', '/usr/bin']) {
    const node = join(folder, 'node')
    if (!existsSync(node)) continue
    const real = realpathSync(node)
    const prefix = dirname(dirname(real))
    if (existsSync(join(prefix, 'include', 'node', 'node.h'))) return { node: real, prefix }
  }
  throw new NotInstallable('no Node with headers on the PATH to build its addon with')
}
