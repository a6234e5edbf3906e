import { Broker } from '@pafka/broker'
import { Kafka } from '@pafka/client'
import type { ProcessIo } from '@pafka/command'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { Latencies } from '../src/index.ts'

let broker: Broker
beforeAll(async () => {
  broker = await Broker.start({ topics: [{ name: 'old', partitions: 2 }] })
})
afterAll(() => broker[Symbol.asyncDispose]())

interface Said {
  readonly code: number
  readonly out: string[]
  readonly err: string
}

async function endToEnd(io: Partial<ProcessIo>, ...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const all = ['end-to-end', '--bootstrap-server', broker.bootstrap, ...args]
  const code = await runCommandLine(all, {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
    ...io,
  })
  return { code, out: out.split('\n').slice(0, -1), err }
}

const PERCENTILES = /^latency ms: p50 [\d.]+, .*p99\.999 [\d.]+, max [\d.]+$/u

test('one after the other: the lines are those of the tool of Kafka', async () => {
  const some = ['--topic', 'new', '--num-records', '1500', '--record-size', '100']
  const { code, out, err } = await endToEnd({}, ...some)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toEqual([
    expect.stringMatching(/^0\t[\d.]+$/u),
    expect.stringMatching(/^1000\t[\d.]+$/u),
    expect.stringMatching(/^Avg latency: \d+\.\d{4} ms$/u),
    expect.stringMatching(/^Percentiles: 50th = \d+, 99th = \d+, 99\.9th = \d+$/u),
    expect.stringMatching(PERCENTILES),
  ])
})

test('at a rate: what is of others is not counted, nor what was there before', async () => {
  await using kafka = new Kafka(broker.bootstrap)
  const other = kafka.producer()
  await other.sendAll('old', [{ value: 'a' }, { value: Buffer.alloc(100) }])
  const stop = setInterval(() => void other.send('old', { value: 'of others' }), 5)
  const some = ['--topic', 'old', '--num-records', '500', '--record-size', '100']
  const terms = ['--throughput', '1000', '--reporting-interval', '100', '--json']
  const { code, out } = await endToEnd({}, ...some, ...terms)
  clearInterval(stop)
  expect(code).toBe(0)
  const lines = out.map((line) => JSON.parse(line) as Record<string, unknown>)
  const total = lines.at(-1)
  expect(total).toMatchObject({ what: 'total', records: 500, bytes: 50_000, failed: 0 })
  expect(Latencies.decode(String(total?.['histogram'])).count).toBe(500)
  const windows = lines.slice(0, -1).map(({ records }) => Number(records))
  expect(windows.length).toBeGreaterThan(3)
  expect(windows.reduce((sum, one) => sum + one)).toBe(500)
})

test('plain lines tell of each interval', async () => {
  const some = ['--topic', 'plain', '--num-records', '300', '--throughput', '1000']
  const { out } = await endToEnd({}, ...some, '--reporting-interval', '100')
  const RATE = String.raw`[\d.]+ records/sec \([\d.]+ MB/sec\)`
  expect(out[0]).toMatch(new RegExp(String.raw`^\d+ records read, ${RATE}, .* max latency\.$`, 'u'))
  expect(out.at(-1)).toMatch(PERCENTILES)
})

test('what never comes is told', async () => {
  await using kafka = new Kafka(broker.bootstrap)
  await kafka.admin().topics.create('small', { configs: { 'max.message.bytes': 200 } })
  const some = ['--topic', 'small', '--num-records', '20', '--record-size', '1000']
  const { code, err } = await endToEnd({}, ...some, '--throughput', '1000', '--timeout', '300')
  expect(code).toBe(1)
  expect(err).toContain('MESSAGE_TOO_LARGE')
  expect(err).toContain('20 records were not read, 20 of them not written')
})

test('one that cannot be written ends those that come one after the other', async () => {
  const some = ['--topic', 'small', '--num-records', '20', '--record-size', '1000']
  await expect(endToEnd({}, ...some)).rejects.toThrow('MESSAGE_TOO_LARGE')
})

test.each([{ rate: [] }, { rate: ['--throughput', '100'] }])(
  'whoever has enough sees what it came to: %j',
  async ({ rate }) => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 500)
    const some = ['--topic', 'stopped', '--num-records', '1000000', ...rate]
    const { code, out, err } = await endToEnd({ signal: stop.signal }, ...some)
    expect({ code, err }).toEqual({ code: 130, err: '' })
    expect(out.at(-1)).toMatch(PERCENTILES)
  },
)

test.each([
  [['--record-size', '5'], 'record-size: must be 12 or more, is 5'],
  [['--throughput', '-1'], '--throughput: as fast as it goes, only the backlog would be timed'],
  [['--producer-acks', '2'], 'acks: 2 is none of'],
])('misuse is explained: %j', async (args, why) => {
  const { code, err } = await endToEnd({}, '--topic', 't', '--num-records', '10', ...args)
  expect(code).toBe(2)
  expect(err).toContain(why)
})
