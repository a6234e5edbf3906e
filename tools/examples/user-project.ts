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
  'packages/command',
  'packages/protocol',
  'packages/pmem',
  'packages/log',
  'packages/migrator',
  'apps/broker',
]
const CLIENT = 'packages/client'
/** What it uses where it is installed. */
const OPTIONAL = ['@opentelemetry/api', 'ajv', 'avsc', 'protobufjs']
/** What guides use beside it. */
const BESIDE = ['context-async-hooks', 'core', 'sdk-trace'].map((name) => `@opentelemetry/${name}`)

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
  await writeManifest(folder, { name: 'shop', private: true })
  await cp(EXAMPLES, folder, { recursive: true })
  for (const each of OURS) await installOurs(join(ROOT, each), modules)
  await link(join(import.meta.dirname, 'node_modules/kafkajs'), join(modules, 'kafkajs'))
  await link(join(ROOT, 'node_modules/vitest'), join(modules, 'vitest'))
}

/**
 * A project as a user has it who installed `@pafka/client`, and `@pafka/broker` for tests. The
 * compiler sees our sources in place of their declarations, which would be long to make.
 */
export async function makeClientProject(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await writeManifest(folder, { name: 'shop', private: true, type: 'module' })
  for (const each of [...OURS, CLIENT]) await installOurs(join(ROOT, each), modules)
  for (const name of ['vitest', '@types/node']) {
    await link(join(ROOT, 'node_modules', name), join(modules, name))
  }
  for (const name of [...OPTIONAL, ...BESIDE]) {
    await link(join(ROOT, CLIENT, 'node_modules', name), join(modules, name))
  }
  const config = {
    extends: join(ROOT, 'tools/tsconfig/base.json'),
    compilerOptions: {
      ...{ noEmit: true, declaration: false, isolatedDeclarations: false },
      noUnusedLocals: false,
      paths: {
        '@pafka/client': [join(ROOT, CLIENT, 'src/index.ts')],
        '@pafka/client/*': [join(ROOT, CLIENT, 'src/*/index.ts')],
        '@pafka/broker': [join(ROOT, 'apps/broker/src/index.ts')],
      },
    },
    include: ['*/*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
}

async function writeManifest(folder: string, manifest: object): Promise<void> {
  await mkdir(join(folder, 'node_modules/@pafka'), { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
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
