import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { Broker, type StartTopic } from '@pafka/broker'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { readGuides, type Sample, samplesOf } from './guides.ts'
import { makeClientProject } from './user-project.ts'

const ROOT = join(import.meta.dirname, '../..')
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const LONG_MS = 120_000
/** A sample that says less than it should is ended, and compared. */
const HANGS_MS = 40_000
/** What all guides know; the quick start makes it. */
const SHARED = 'shop.ts'
const START = 'quick-start'

const run = promisify(execFile)
const guides = readGuides()
const shared = guides
  .find(({ name }) => name === START)
  ?.samples.find(({ name }) => name === SHARED)?.code
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pafka-guides-'))
  await makeClientProject(folder)
  await Promise.all(guides.map(async ({ name, samples }) => writeAll(name, samples)))
}, LONG_MS)

afterAll(() => rm(folder, { recursive: true, force: true }))

async function writeAll(guide: string, samples: readonly Sample[]): Promise<void> {
  const page = join(folder, guide)
  await mkdir(page)
  await writeFile(join(page, SHARED), shared ?? '')
  await Promise.all(samples.map(async ({ name, code }) => writeFile(join(page, name), code)))
}

/** As from a shell that knows of the cluster, and nothing of the test around it. */
function environment(broker: Broker): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_)/.test(key))
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', KAFKA_URL: broker.bootstrap }
}

/** What the sample prints, and what went wrong. Interrupted when it has said what it says. */
async function printed(guide: string, sample: Sample, broker: Broker): Promise<string> {
  const { name, prints, printsThen } = sample
  const child = spawn(process.execPath, [name], {
    ...{ cwd: join(folder, guide), env: environment(broker), timeout: HANGS_MS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let isInterrupted = false
  child.stderr.on('data', (data: Buffer) => (text += data.toString()))
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString()
    if (printsThen === undefined || isInterrupted || text !== prints) return
    isInterrupted = true
    child.kill('SIGINT')
  })
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  child.on('close', (code, signal) => resolve(code === 0 ? '' : `ended with ${code ?? signal}`))
  return (await ended) + text
}

function topicsOf(guide: string): StartTopic[] {
  const names = guide === START ? [] : ['orders', 'invoices', 'accounts', 'orders-dead']
  return names.map((name) => ({ name, partitions: 3 }))
}

test.each(guides.filter(({ samples }) => samples.length > 0))(
  'the samples of $name do what they say',
  { timeout: LONG_MS },
  async ({ name: guide, samples }) => {
    await using broker = await Broker.start({
      topics: topicsOf(guide),
      config: { 'group.initial.rebalance.delay.ms': 0 },
    })
    for (const sample of samples) {
      const { name, prints, printsThen = '' } = sample
      if (name.endsWith('.test.ts')) {
        const tests = sample.code.match(/^test\(/gm)?.length ?? 0
        const args = [VITEST, 'run', '--root', join(folder, guide), name]
        // oxlint-disable-next-line no-await-in-loop -- one finds what the one before has left
        const { stdout } = await run(process.execPath, args, { env: environment(broker) })
        expect(stdout, `${guide}/${name}`).toContain(`Tests  ${tests} passed`)
      } else {
        // oxlint-disable-next-line no-await-in-loop -- one finds what the one before has left
        const text = await printed(guide, sample, broker)
        expect(text, `${guide}/${name}`).toBe(prints + printsThen)
      }
    }
  },
)

test('the compiler has nothing against the samples', { timeout: LONG_MS }, async () => {
  const args = [TSC, '-p', folder]
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  execFile(process.execPath, args, (_, stdout, stderr) => resolve(stdout + stderr))
  expect(await ended).toBe('')
})

test('there are guides', () => {
  expect(guides.map(({ name }) => name)).toContain(START)
  expect(shared).toBeDefined()
})

test('what a sample prints stands below it, and where it is stopped', () => {
  const fence = '```'
  const page = `${fence}ts\n// a.ts\na()\n${fence}\n\n${fence}text\n1\n^C\n2\n${fence}\n`
  const [sample] = samplesOf(page)
  expect(sample).toMatchObject({ name: 'a.ts', prints: '1\n', printsThen: '2\n' })
  const other = samplesOf(`${fence}ts\n// b.ts\nb()\n${fence}\n\nMore.\n`)
  expect(other).toMatchObject([{ name: 'b.ts', prints: '', printsThen: undefined }])
  expect(() => samplesOf(`${fence}ts\nc()\n${fence}\n`)).toThrow('does not begin with its name')
})
