import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLES = join(ROOT, 'apps/broker/examples')
const BUILD = join(ROOT, 'tools/build/build.ts')
/** Our own packages that `@pafka/broker` installs, itself among them. */
const OURS = [
  'packages/base',
  'packages/protocol',
  'packages/pmem',
  'packages/log',
  'packages/migrator',
  'apps/broker',
]

const run = promisify(execFile)

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly publishConfig: { readonly exports: object }
}

/**
 * A project as a user has it who installed `@pafka/broker`: our packages built, with the manifest
 * that is published, and what they depend on beside them. The examples are its tests.
 */
export async function makeUserProject(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@pafka'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "name": "shop", "private": true }')
  await cp(EXAMPLES, folder, { recursive: true })
  for (const each of OURS) await installOurs(join(ROOT, each), modules)
  await link(join(import.meta.dirname, 'node_modules/kafkajs'), join(modules, 'kafkajs'))
  await link(join(ROOT, 'node_modules/vitest'), join(modules, 'vitest'))
}

async function installOurs(source: string, modules: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tools/tidy checks manifests
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest
  const target = join(modules, manifest.name)
  await run(process.execPath, [BUILD, join(target, 'dist')], { cwd: source })
  const published = { ...manifest, exports: manifest.publishConfig.exports }
  await writeFile(join(target, 'package.json'), JSON.stringify(published))
  const theirs = Object.keys(manifest.dependencies ?? {}).filter(
    (name) => !name.startsWith('@pafka/'),
  )
  for (const name of theirs) await link(join(source, 'node_modules', name), join(modules, name))
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (!existsSync(path)) await symlink(target, path, 'dir') // two of ours may depend on the same
}
