import { createRequire } from 'node:module'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { Broker } from '@pafka/broker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { installConsumer } from './consumer.ts'
import { buildAll, packAll, type PackedPackage } from './pack.ts'
import { run } from './run.ts'
import { publishedPackages } from './workspace.ts'

const require = createRequire(import.meta.url)
/** The last one that finds packages as Node 10 did. */
const TSC_5: string = require.resolve('typescript-5/bin/tsc')
const INSTALL_MS = 300_000
const CLIENT_MS = 60_000

/** The Node lines that `engines` promises; 26 is the one this runs on. */
const nodes: Readonly<Record<string, string>> = {
  'Node 22': join(dirname(require.resolve('node-22/package.json')), 'bin/node'),
  'Node 24': join(dirname(require.resolve('node-24/package.json')), 'bin/node'),
  'Node 26': process.execPath,
}

/** Those on which the client runs. */
const runtimes: Readonly<Record<string, string>> = { ...nodes, ...bun() }
const programs = Object.keys(runtimes).flatMap((line) =>
  ['use-client.mjs', 'use-client.cjs', 'use-client.js'].map((file) => [line, file] as const),
)

/** Its package for this machine; there is none for every machine. */
function bun(): Record<string, string> {
  try {
    return { Bun: join(dirname(require.resolve('@oven/bun-linux-x64/package.json')), 'bin/bun') }
  } catch {
    return {}
  }
}

/** As installed here, so that a consumer compiles with what we compile with. */
function versionOf(name: string): string {
  const manifest: unknown = require(`${name}/package.json`)
  return String(typeof manifest === 'object' && manifest && Reflect.get(manifest, 'version'))
}

/** All that can be imported. */
function specifiers(): string[] {
  return publishedPackages().flatMap(({ name, entries }) =>
    entries.map((entry) => posix.join(name, entry)),
  )
}

async function registryAnswers(): Promise<boolean> {
  const args = ['view', 'typescript', 'version', '--fetch-retries=0', '--fetch-timeout=10000']
  return run('npm', args, { cwd: tmpdir() }).then(
    () => true,
    () => false,
  )
}

const isPrebuilt = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
const USE_OF_PMEM = `
  const { createRegion, PmemRegion } = require('@pafka/pmem')
  const region = createRegion(process.argv[1], 5000)
  region.copyAndPersist(Buffer.from('kept'), 4000)
  region.store64(8, 2n ** 63n)
  region.close()
  console.log(region instanceof PmemRegion)`

/** Whether it was native, and what is in the file then. */
async function usePmem(node: string, consumer: string, file: string): Promise<string> {
  const printed = await run(node, ['-e', USE_OF_PMEM, file], { cwd: consumer })
  const bytes = await readFile(join(consumer, file))
  return `${printed.trim()} ${bytes.toString('latin1', 4000, 4004)}`
}

/** With all that is packed, by each way in which TypeScript finds packages. */
async function compileConsumer(consumer: string, packed: readonly PackedPackage[]): Promise<void> {
  await installConsumer(consumer, packed, {
    typescript: versionOf('typescript'),
    nodeTypes: versionOf('@types/node'),
  })
  const tsc = join(consumer, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: consumer })
  await run(process.execPath, [tsc, '-p', 'tsconfig.bundler.json'], { cwd: consumer })
  await run(process.execPath, [TSC_5, '-p', 'tsconfig.node10.json'], { cwd: consumer })
}

/** @returns what it printed, with a broker of its own */
async function useClient(runtime: string, consumer: string, file: string): Promise<string[]> {
  await using broker = await Broker.start({ config: { 'group.initial.rebalance.delay.ms': 0 } })
  const printed = await run(runtime, [file, broker.bootstrap, 'its'], { cwd: consumer })
  return printed.split('\n')
}

// The dependencies of our packages come from the registry. CI always has one.
const offline = process.env['CI'] === undefined && !(await registryAnswers())
if (offline) console.warn('packed packages are not installed: the npm registry does not answer')

describe.skipIf(offline)('packed packages', () => {
  let folder: string
  let consumer: string
  let packed: readonly PackedPackage[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pafka-packed-'))
    consumer = join(folder, 'consumer')
    await buildAll()
    packed = await packAll(folder)
    await compileConsumer(consumer, packed)
  }, INSTALL_MS)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('none of them carries sources or tests', async () => {
    for (const { tarball } of packed) {
      const files = (await run('tar', ['-tzf', tarball], { cwd: folder })).trim().split('\n')
      expect(files).toEqual(expect.arrayContaining(['package/package.json', 'package/LICENSE']))
      expect(files.filter((file) => /\/src\/|\.(test|fuzz|bench)\./.test(file))).toEqual([])
    }
  })

  test('none of them says how it is built and tested', async () => {
    for (const { tarball } of packed) {
      const args = ['-xzOf', tarball, 'package/package.json']
      const manifest = JSON.parse(await run('tar', args, { cwd: folder })) as object
      expect(manifest).toHaveProperty('exports')
      expect(manifest).not.toHaveProperty('scripts')
      expect(manifest).not.toHaveProperty('devDependencies')
    }
  })

  test.for(Object.entries(nodes))(
    'import and require give the same on %s',
    async ([line, node]) => {
      const version = (await run(node, ['--version'], { cwd: consumer })).trim()
      expect(version).toMatch(new RegExp(`^v${line.replace('Node ', '')}\\.`))
      const imported = await run(node, ['esm.mjs'], { cwd: consumer })
      const required = await run(node, ['cjs.cjs'], { cwd: consumer })
      expect(required).toBe(imported)
      expect(await run(node, ['node10.js'], { cwd: consumer })).toBe(imported)
      const lines = imported.trim().split('\n')
      expect(lines.map((text) => text.split(' ')[0])).toEqual(specifiers())
    },
  )

  test.for(programs)(
    'the client sends, consumes and commits on %s, as %s',
    { timeout: CLIENT_MS },
    async ([line, file]) => {
      const printed = await useClient(runtimes[line] ?? line, consumer, file)
      const errors = ['KafkaError: text', 'SchemaRegistryError: text']
      expect(printed).toEqual(['Error: not this one', '0 1 2 3', '1', '8 7', '0', ...errors, ''])
    },
  )

  test.skipIf(!isPrebuilt).for(Object.entries(nodes))(
    'the binary of @pafka/pmem travels with it, and works on %s',
    ([line, node]) => expect(usePmem(node, consumer, line)).resolves.toBe('true kept'),
  )

  test.for(Object.entries(nodes))('the commands start on %s', async ([, node]) => {
    for (const { command, version } of commandsOf(packed)) {
      const args = [join(consumer, 'node_modules/.bin', command), '--version']
      expect(await run(node, args, { cwd: consumer })).toContain(version)
    }
  })
})

function commandsOf(packed: readonly PackedPackage[]): { command: string; version: string }[] {
  return packed.flatMap(({ commands, version }) =>
    commands.map((command) => ({ command, version })),
  )
}
