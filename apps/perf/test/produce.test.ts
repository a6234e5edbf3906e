import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { stripVTControlCharacters } from 'node:util'

import type { ProcessIo } from '@pafka/command'
import { Broker } from '@pafka/broker'
import { Kafka } from '@pafka/client'
import { temporaryFolder } from '@pafka/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'

const RATE = String.raw`[\d.]+ records/sec \([\d.]+ MB/sec\)`
const WINDOW = new RegExp(
  String.raw`^\d+ records sent, ${RATE}, [\d.]+ ms avg latency, [\d.]+ ms max latency\.$`,
  'u',
)
const PERCENTILES = String.raw`\d+ ms 50th, \d+ ms 95th, \d+ ms 99th, \d+ ms 99\.9th`
const TOTAL = new RegExp(
  String.raw`^(?<count>\d+) records sent, (?<rate>\d+\.\d{6}) records/sec \([\d.]+ MB/sec\), ` +
    String.raw`\d+\.\d\d ms avg latency, \d+\.\d\d ms max latency, ${PERCENTILES}\.$`,
  'u',
)

let broker: Broker
beforeAll(async () => {
  broker = await Broker.start()
})
afterAll(() => broker[Symbol.asyncDispose]())

interface Said {
  readonly exitCode: number
  readonly out: string[]
  readonly err: string
}

async function run(...args: string[]): Promise<Said> {
  return runOn({}, ...args)
}

async function runOn(io: Partial<ProcessIo>, ...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const exitCode = await runCommandLine(args, {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
    ...io,
  })
  return { exitCode, out: out.split('\n').slice(0, -1), err }
}

function produce(topic: string, ...args: string[]): ReturnType<typeof run> {
  const where = ['--bootstrap-server', broker.bootstrap, '--topic', topic]
  return run('produce', ...where, '--throughput', '-1', ...args)
}

async function valuesOf(topic: string): Promise<{ key: string | null; value: string }[]> {
  await using kafka = new Kafka(broker.bootstrap)
  const all: { key: string | null; value: string }[] = []
  for await (const { key, value } of kafka.reader(topic, { until: 'end' })) {
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
    all.push({ key: key === null ? null : text(key), value: text(value) })
  }
  return all
}

test('all records are there, and the lines are those of the Java tool', async () => {
  const { exitCode, out, err } = await produce('a', '--num-records', '5000', '--record-size', '100')
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  // scripts take the last line
  expect(TOTAL.exec(out.at(-1) ?? '')?.groups).toMatchObject({ count: '5000' })
  expect(out[0]).toMatch(/^latency ms: p50 [\d.]+, .*p99\.999 [\d.]+, max [\d.]+$/u)
  const values = await valuesOf('a')
  expect(values).toHaveLength(5000)
  expect(new Set(values.map(({ value }) => value.length))).toEqual(new Set([100]))
})

test('a rate is kept, told of now and then, and a warm-up is told apart', async () => {
  const some = ['--num-records', '600', '--payload-monotonic', '--warmup-records', '200']
  const { out } = await produce('b', ...some, '--throughput', '1000', '--reporting-interval', '100')
  const windows = out.filter((line) => WINDOW.test(line))
  expect(windows.length).toBeGreaterThan(1)
  const [head, ...lines] = out.filter((line) => !WINDOW.test(line))
  // as the Java tool has them
  const then = 'Steady state results will print after the complete test summary.'
  expect(head).toBe(`Warmup first 200 records. ${then}`)
  expect(lines[0]).toBe('In steady state.')
  expect(out.indexOf('In steady state.')).toBeGreaterThan(2)
  const total = TOTAL.exec(lines[2] ?? '')?.groups
  expect(Number(total?.['rate'])).toBeLessThan(1010)
  expect(lines[3]).toMatch(/^400 steady state records sent, /u)
  const values = (await valuesOf('b')).map(({ value }) => Number(value)).toSorted((a, b) => a - b)
  expect(values).toEqual(Array.from({ length: 600 }, (_, at) => at))
})

test.each(['1', '3'])('a warm-up ends where it should, of %s clients', async (clients) => {
  const some = ['--num-records', '1000', '--warmup-records', '900', '--payload-monotonic']
  const { out } = await produce('w', ...some, '--clients', clients, '--json')
  const [total, steady] = out.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(total).toMatchObject({ what: 'total', records: 1000 })
  expect(steady).toMatchObject({ what: 'steady', records: 100 })
})

test('on a terminal it is shown how far it is; piped nothing of it is', async () => {
  const some = ['--num-records', '500', '--record-size', '10', '--throughput', '1000']
  const where = ['--bootstrap-server', broker.bootstrap, '--topic', 'live']
  const { out } = await runOn({ columns: 100 }, 'produce', ...where, ...some)
  const [shown = '', ...lines] = out
  expect(shown).toMatch(/\r.*\d+ %  [\d,]+ records\/s  .*p99 [\d.]+ ms/u)
  // wiped, before the lines that stay
  expect(stripVTControlCharacters(shown).split('\r').at(-1)).toMatch(/^latency ms: /u)
  expect(lines).toEqual([expect.stringMatching(TOTAL)])
  const piped = await run('produce', ...where, ...some)
  expect(piped.out.join('')).not.toContain('\r')
})

test('a terminal that is made narrower has a shorter line', async () => {
  const where = ['--bootstrap-server', broker.bootstrap, '--topic', 'narrower']
  const some = ['--num-records', '1000', '--record-size', '10', '--throughput', '1000']
  let [out, columns] = ['', 100]
  await runCommandLine(['produce', ...where, ...some], {
    async write(text) {
      out += text
      columns = 40
    },
    writeError: () => {},
    signal: new AbortController().signal,
    get columns() {
      return columns
    },
  })
  const [, first = '', ...others] = stripVTControlCharacters(out.split('\n')[0] ?? '').split('\r')
  expect(first.length).toBeGreaterThan(40)
  expect(others.length).toBeGreaterThan(1)
  for (const line of others.slice(0, -1)) expect(line.length).toBeLessThan(40)
})

test('when nobody reads any more it ends early', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const where = ['--bootstrap-server', broker.bootstrap, '--topic', 'gone']
  const some = ['--num-records', '600000', '--record-size', '10', '--throughput', '1000']
  const io = { write: (): Promise<void> => Promise.reject(gone) }
  const running = runOn(io, 'produce', ...where, ...some, '--reporting-interval', '100')
  await expect(running).rejects.toThrow('EPIPE')
})

test('records are sent in transactions, one after the other', async () => {
  const some = ['--num-records', '400', '--payload-monotonic', '--clients', '2']
  const terms = ['--throughput', '1000', '--transaction-duration-ms', '50']
  const { exitCode, out } = await produce('tx', ...some, ...terms)
  expect(exitCode).toBe(0)
  expect(TOTAL.exec(out[1] ?? '')?.groups).toMatchObject({ count: '400' })
  expect(await valuesOf('tx')).toHaveLength(400)
  await using kafka = new Kafka(broker.bootstrap)
  const [end] = (await kafka.admin().partitions.offsets('tx', 'latest')).done
  // each end of a transaction has an offset of its own
  expect(end?.offset).toBeGreaterThan(404)
})

test('producers of one transactional id do not take it from one another', async () => {
  const some = ['--num-records', '100', '--record-size', '10', '--clients', '3']
  const { exitCode, err } = await produce('ids', ...some, '--transactional-id', 'perf')
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  expect(await valuesOf('ids')).toHaveLength(100)
})

test('several clients share the records and the rate', async () => {
  const some = ['--num-records', '301', '--payload-monotonic', '--clients', '4', '--json']
  const { out } = await produce('c', ...some, '--throughput', '600')
  const told = JSON.parse(out.at(-1) ?? '') as Record<string, number>
  expect(told).toMatchObject({ what: 'total', records: 301, failed: 0 })
  expect(told['elapsedMs']).toBeGreaterThan(490)
  const values = (await valuesOf('c')).map(({ value }) => Number(value)).toSorted((a, b) => a - b)
  expect(values).toEqual(Array.from({ length: 301 }, (_, at) => at))
})

test('lines of a file, keys, and properties of a file and of the command line', async () => {
  await using folder = await temporaryFolder()
  const [payloads, config] = ['payloads', 'config'].map((name) => join(folder.path, name))
  writeFileSync(payloads ?? '', 'one;two')
  writeFileSync(config ?? '', `bootstrap.servers=${broker.bootstrap}\nacks=0\nlinger.ms=5`)
  const { exitCode, out, err } = await run(
    ...['produce', '--topic', 'd', '--num-records', '100', '--throughput', '-1'],
    ...['--payload-file', payloads ?? '', '--payload-delimiter', ';', '--keys', 'random:3'],
    ...['--producer.config', config ?? '', '--producer-props', 'acks=all', 'compression.type=lz4'],
  )
  expect({ exitCode, err }).toEqual({
    exitCode: 0,
    err:
      'Warning: --producer.config is deprecated. Use --command-config instead.\n' +
      'Warning: --producer-props is deprecated. Use --command-property instead.\n' +
      'these mean nothing to this client: linger.ms\n',
  })
  const read = [`Reading payloads from: ${payloads}`, 'Number of records read: 2']
  expect(out.slice(0, 2)).toEqual(read)
  expect(out[3]).toMatch(TOTAL)
  const records = await valuesOf('d')
  expect(new Set(records.map(({ key }) => key))).toEqual(new Set(['key-0', 'key-1', 'key-2']))
  expect(new Set(records.map(({ value }) => value))).toEqual(new Set(['one', 'two']))
})

test.each([
  ['/none', '\\n', 'ENOENT'],
  [import.meta.filename, '(', '--payload-delimiter: Invalid regular expression'],
  ['/dev/zero', '\\n', '--payload-file: /dev/zero is larger than 500 MB, which is the most'],
])('what is wrong with payloads of %s is said after which file that is', async (path, by, why) => {
  const some = ['--num-records', '1', '--payload-file', path, '--payload-delimiter', by]
  const { exitCode, err, out } = await produce('f', ...some)
  expect(exitCode).toBe(2)
  expect(err).toContain(why)
  expect(out).toEqual([`Reading payloads from: ${path}`])
})

test('for programs there is nothing but JSON', async () => {
  const some = ['--num-records', '1', '--payload-file', import.meta.filename, '--json']
  const { exitCode, err, out } = await produce('json', ...some)
  expect(exitCode).toBe(0)
  expect(err).toMatch(/^Reading payloads from: .*\nNumber of records read: \d+\n$/u)
  expect(out.map((line) => (JSON.parse(line) as { what: string }).what)).toEqual(['total'])
})

test('records that the broker refuses are told of, and the run fails', async () => {
  const large = ['--num-records', '2', '--record-size', '3000000']
  const { exitCode, err, out } = await produce('e', ...large)
  expect(exitCode).toBe(1)
  expect(err).toContain('2 records failed')
  // as the Java tool says it, not that they took no time
  const latency = 'NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th'
  expect(out[1]).toMatch(/^0 records sent, 0\.000000 records\/sec \(0\.00 MB\/sec\), /u)
  expect(out[1]?.endsWith(`, ${latency}, 0 ms 99.9th.`)).toBe(true)
  expect(out[0]).toMatch(/^latency ms: p50 NaN, .* max NaN$/u)
  const json = await produce('e', ...large, '--json')
  const total = JSON.parse(json.out.at(-1) ?? '') as unknown
  expect(total).toMatchObject({ what: 'total', records: 0, failed: 2, latencyMs: null })
})

test.each([
  [['--num-records', '0', '--record-size', '1'], '--num-records: 0 is no whole number from 1 on'],
  [
    ['--num-records', '1', '--producer-props', 'acks=1', '--command-property', 'acks=0'],
    'one of --command-property and --producer-props, which is the same',
  ],
  [
    ['--num-records', '1', '--producer.config', 'x', '--command-config', 'x'],
    'one of --command-config and --producer.config, which is the same',
  ],
  [['--num-records', 'x', '--record-size', '1'], '--num-records: x is no whole number from 1 on'],
  [
    ['--num-records', '100', '--record-size', '1', '--warmup-records', '100'],
    '--warmup-records: should be fewer than the 100 records of all, is 100',
  ],
  [['--num-records', '1'], 'one of --record-size, --payload-file and --payload-monotonic'],
  [['--num-records', '1', '--record-size', '0'], 'record-size: must be 1 to'],
  [['--num-records', '1', '--record-size', '1', '--clients', '0'], '--clients: 0 is no whole'],
  [['--num-records', '1', '--record-size', '1', '--keys', 'x'], 'keys: x is none of'],
  [['--num-records', '1', '--record-size', '1', '--throughput', '0'], 'throughput: 0 is none of'],
  [
    ['--num-records', '1', '--record-size', '1', '--producer-props', 'acks=2', 'buffer.memory=x'],
    'acks: 2 is none of',
  ],
  [
    [
      '--num-records',
      '1',
      '--record-size',
      '1',
      '--command-property',
      'security.protocol=SASL_SSL',
    ],
    'sasl.mechanism, sasl.jaas.config',
  ],
])('misuse is explained: %j', async (args, why) => {
  const { exitCode, err, out } = await produce('f', ...args)
  expect(exitCode).toBe(2)
  expect(err).toContain(why)
  expect(out).toEqual([])
})

test('what the clients counted is told, if that is wanted', async () => {
  const some = ['--num-records', '100', '--record-size', '10', '--clients', '2', '--print-metrics']
  const { out } = await produce('metrics', ...some)
  const lines = out.slice(out.findIndex((line) => line.startsWith('Metric Name')))
  const records = lines.filter((line) => line.startsWith('producer:records:'))
  expect(records.map((line) => line.split(/ +: /u)[1])).toEqual(['50.000', '50.000'])
  const json = await produce('metrics', ...some, '--json')
  const last = JSON.parse(json.out.at(-1) ?? '') as Record<string, unknown>
  expect(last).toMatchObject({ what: 'metrics', clients: [{ producer: { records: 50 } }, {}] })
})
