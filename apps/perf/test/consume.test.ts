import { Broker } from '@pafka/broker'
import { Kafka } from '@pafka/client'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'

const RECORDS = 5000
const NUMBER = String.raw`\d+\.\d{4}`
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}`
const FETCHING = String.raw`\d+, \d+, ${NUMBER}, ${NUMBER}`
const TOTAL = new RegExp(
  String.raw`^${TIME}, ${TIME}, 0\.4768, ${NUMBER}, 5000, ${NUMBER}, ${FETCHING}$`,
  'u',
)
const WINDOW = new RegExp(
  String.raw`^${TIME}, 0, ${NUMBER}, ${NUMBER}, (?<count>\d+), ${NUMBER}, ${FETCHING}$`,
  'u',
)

interface Said {
  readonly code: number
  readonly out: string[]
  readonly err: string
}

let broker: Broker
beforeAll(async () => {
  const config = { 'group.initial.rebalance.delay.ms': 0 }
  broker = await Broker.start({ config, topics: [{ name: 'orders', partitions: 3 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const value = Buffer.alloc(100, 'x')
  await kafka.producer().sendAll(
    'orders',
    Array.from({ length: RECORDS }, () => ({ value })),
  )
})
afterAll(() => broker[Symbol.asyncDispose]())

async function consume(...args: string[]): Promise<Said> {
  return consumeOn(undefined, ...args)
}

async function consumeOn(columns: number | undefined, ...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const all = ['consume', '--bootstrap-server', broker.bootstrap, '--timeout', '2000', ...args]
  const code = await runCommandLine(all, {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
    columns,
  })
  return { code, out: out.split('\n').slice(0, -1), err }
}

test.each([
  ['a topic', ['--topic', 'orders', '--num-records', '5000'], ''],
  [
    'topics by a pattern, with the old name of an option',
    ['--include', 'or.*', '--messages', '5000', '--fetch-size', '0', '--socket-buffer-size', '-1'],
    'Warning: --messages is deprecated. Use --num-records instead.\n',
  ],
])('%s: the lines are those of the Java tool', async (_, args, said) => {
  const { code, out, err } = await consume(...args)
  expect({ code, err }).toEqual({ code: 0, err: said })
  expect(out[0]).toBe(
    'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, ' +
      'rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec',
  )
  expect(out[1]).toMatch(TOTAL)
})

test('no more is read, and committed, than was asked for', async () => {
  const group = ['--group', 'exact', '--hide-header', '--topic', 'orders']
  const { out } = await consume('--num-records', '7', ...group)
  expect(out[0]?.split(', ')[4]).toBe('7')
  await using kafka = new Kafka(broker.bootstrap)
  const committed = await kafka.admin().offsets.fetch('exact')
  expect(committed.reduce((sum, { offset }) => sum + offset, 0)).toBe(7)
  const rest = await consume('--num-records', `${RECORDS - 7}`, ...group)
  expect(rest.out[0]?.split(', ')[4]).toBe(`${RECORDS - 7}`)
})

test('nobody is there: it is said, beside the words of the Java tool', async () => {
  const nowhere = ['--bootstrap-server', '127.0.0.1:1', '--num-records', '1', '--timeout', '500']
  const { code, out, err } = await consume(...nowhere, '--topic', 'orders', '--hide-header')
  expect([code, out[0]?.startsWith('WARNING: Exiting before consuming')]).toEqual([0, true])
  expect(err).toMatch(/^The brokers cannot be reached: .*ECONNREFUSED/u)
})

test('times are as Java writes them', async () => {
  const format = "EEE, d MMM yyyy h 'o''clock' a Z"
  const some = ['--topic', 'orders', '--num-records', '1', '--hide-header']
  const { out } = await consume(...some, '--date-format', format)
  const time = String.raw`[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d{4} \d+ o'clock [AP]M [+-]\d{4}`
  expect(out[0]).toMatch(new RegExp(`^${time}, ${time}, 0\\.`, 'u'))
})

test('without enough records it says so, after its time', async () => {
  const { code, out } = await consume('--topic', 'orders', '--num-records', '5001', '--hide-header')
  expect(code).toBe(0)
  expect(out[0]).toMatch(/^WARNING: Exiting before consuming the expected number of records: /u)
  expect(out[1]).toMatch(TOTAL)
})

test('no records are none, and no failure, as there', async () => {
  const none = ['--topic', 'orders', '--num-records', '0']
  const { code, out, err } = await consume(...none)
  expect({ code, err, lines: out.length }).toEqual({ code: 0, err: '', lines: 2 })
  expect(out[1]).toMatch(new RegExp(`^${TIME}, ${TIME}, 0\\.0000, 0\\.0000, 0, 0\\.0000, `, 'u'))
  const detailed = await consume(...none, '--show-detailed-stats')
  expect(detailed.out).toEqual([expect.stringMatching(/^time, threadId, /u)])
})

test('a steady state is told of besides, after the line of the Java tool', async () => {
  const some = ['--topic', 'orders', '--num-records', '5000', '--hide-header']
  const { out } = await consume(...some, '--warmup-records', '1')
  expect(out[0]).toMatch(TOTAL)
  expect(out[1]).toMatch(/^\d+ steady state records read in [\d.]+ s, [\d.]+ records\/sec \(/u)
  const json = await consume(...some, '--warmup-records', '1', '--json')
  const [total, steady] = json.out.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect([total?.['what'], total?.['records'], steady?.['what']]).toEqual(['total', 5000, 'steady'])
  expect(steady?.['records']).toBeLessThan(5000)
  // never warm
  const cold = await consume(...some, '--warmup-records', '6000')
  expect(cold.out).toHaveLength(1)
})

test('a line for each interval, and what was committed is not read again', async () => {
  const some = ['--topic', 'orders', '--group', 'g', '--hide-header']
  await consume(...some, '--num-records', '5000')
  const detailed = ['--num-records', '1', '--show-detailed-stats', '--reporting-interval', '100']
  const { out } = await consume(...some, ...detailed)
  const lines = out.filter((line) => WINDOW.test(line))
  expect(lines.length).toBeGreaterThan(3)
  expect(WINDOW.exec(lines.at(-1) ?? '')?.groups?.['count']).toBe('0')
})

test('several members share the records, and a program can read what it came to', async () => {
  const some = ['--topic', 'orders', '--num-records', '5000', '--clients', '3', '--json']
  const { out } = await consume(...some)
  const { what, ...total } = JSON.parse(out.at(-1) ?? '') as Record<string, number>
  expect({ what, records: total['records'] }).toEqual({ what: 'total', records: RECORDS })
  expect(total['bytes']).toBe(RECORDS * 100)
  const rate = (RECORDS * 1000) / (total['elapsedMs'] ?? 0)
  expect(total['recordsPerSecond']).toBeCloseTo(rate, 3)
})

test('on a terminal it is shown how far it is, and wiped at the end', async () => {
  const some = ['--topic', 'orders', '--num-records', '5001', '--hide-header']
  const { out } = await consumeOn(100, ...some)
  const [shown = ''] = out
  expect(shown).toContain('\r')
  expect(shown).toContain(' 99 %  ')
  expect(shown.split('\r').at(-1)).toMatch(/WARNING: Exiting/u)
})

test.each([
  [['--num-records', '1'], 'one of --topic and --include'],
  [['--topic', 'a', '--include', 'b', '--num-records', '1'], 'one of --topic and --include'],
  [['--include', '(', '--num-records', '1'], '--include: Invalid regular expression'],
  [
    ['--topic', 'a', '--num-records', '1', '--date-format', 'yyyy-MM-ddTHH:mm'],
    '--date-format: yyyy-MM-ddTHH:mm: T is no letter of it; it has GyYM',
  ],
  [['--topic', 'a'], '--num-records: say how many'],
  [['--topic', 'a', '--num-records', ''], '--num-records:  is no whole number from 0 on'],
  [
    ['--topic', 'a', '--num-records', '1', '--messages', '1'],
    'one of --num-records and --messages, which is the same',
  ],
  [
    ['--topic', 'a', '--num-records', '1', '--consumer.config', 'x', '--command-config', 'x'],
    'one of --command-config and --consumer.config, which is the same',
  ],
  [['--topic', 'a', '--num-records', '1', '--fetch-size', 'abc'], '--fetch-size: abc is no whole'],
  [
    ['--topic', 'a', '--num-records', '1', '--socket-buffer-size', '99999999999'],
    '--socket-buffer-size: 99999999999 is more than 2147483647',
  ],
  [['--topic', 'a', '--num-records', '1', '--warmup-records', '-1'], '--warmup-records: -1 is no'],
  [
    ['--topic', 'a', '--num-records', '1', '--command-property', 'group.protocol=old'],
    'group.protocol: old is none of classic, consumer',
  ],
])('misuse is explained: %j', async (args, why) => {
  const { code, err } = await consume(...args)
  expect(code).toBe(2)
  expect(err).toContain(why)
})
