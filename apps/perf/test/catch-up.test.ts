import { Broker } from '@pafka/broker'
import { Kafka } from '@pafka/client'
import type { ProcessIo } from '@pafka/command'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { Latencies } from '../src/index.ts'

let broker: Broker
beforeAll(async () => {
  broker = await Broker.start()
})
afterAll(() => broker[Symbol.asyncDispose]())

interface Said {
  readonly code: number
  readonly out: string[]
  readonly err: string
}

async function catchUp(io: Partial<ProcessIo>, ...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const where = ['--bootstrap-server', broker.bootstrap, '--record-size', '100']
  const code = await runCommandLine(['catch-up', ...where, ...args], {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
    ...io,
  })
  return { code, out: out.split('\n').slice(0, -1), err }
}

const RATE = String.raw`[\d.]+ records/sec \([\d.]+ MB/sec\)`
const SENT = String.raw`\d+ records sent, ${RATE}, .* ms 99\.9th\.`

test('a backlog is read while a producer goes on, and it is told what each came to', async () => {
  const some = ['--topic', 'a', '--partitions', '3', '--backlog', '500KB']
  const { code, out, err } = await catchUp(
    {},
    ...some,
    '--throughput',
    '500',
    '--quiet-seconds',
    '1',
  )
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = [
    `backlog: ${SENT}`,
    `before: ${SENT}`,
    String.raw`caught up: \d+ records read in [\d.]+ s, ${RATE}`,
    `meanwhile: ${SENT}`,
    `after: ${SENT}`,
    String.raw`end to end: latency ms: p50 [\d.]+, .*`,
  ]
  expect(out).toHaveLength(lines.length)
  for (const [at, line] of lines.entries()) expect(out[at]).toMatch(new RegExp(`^${line}$`, 'u'))
  expect(out[0]).toMatch(/^backlog: 5000 records sent/u)
  await using kafka = new Kafka(broker.bootstrap)
  expect(await kafka.admin().topics.partitions('a')).toHaveLength(3)
})

test('what was in the topic before is no part of the backlog', async () => {
  await using kafka = new Kafka(broker.bootstrap)
  await kafka.admin().topics.create('b', {})
  const value = Buffer.alloc(100)
  await kafka.producer().sendAll(
    'b',
    Array.from({ length: 3000 }, () => ({ value })),
  )
  const some = ['--topic', 'b', '--backlog', '50KB', '--throughput', '200', '--json']
  const { code, out } = await catchUp({}, ...some, '--quiet-seconds', '1')
  expect(code).toBe(0)
  const lines = out.map((line) => JSON.parse(line) as Record<string, unknown>)
  const byName = new Map(lines.map((line) => [line['what'], line]))
  expect(byName.get('backlog')).toMatchObject({ records: 500, bytes: 50_000 })
  const read = Number(byName.get('caught up')?.['records'])
  expect(read).toBeGreaterThanOrEqual(500)
  expect(read).toBeLessThan(1500)
  // those of the backlog were due when nobody timed them
  expect(byName.get('caught up')).not.toHaveProperty('latencyMs')
  const endToEnd = byName.get('end to end')
  expect(Latencies.decode(String(endToEnd?.['histogram'])).count).toBe(endToEnd?.['records'])
})

test('what could not be written is told, and not waited for', async () => {
  await using kafka = new Kafka(broker.bootstrap)
  await kafka.admin().topics.create('small', { configs: { 'max.message.bytes': 90 } })
  const some = ['--topic', 'small', '--backlog', '1KB', '--throughput', '100']
  const { code, err } = await catchUp({}, ...some, '--quiet-seconds', '0', '--timeout', '200')
  expect(code).toBe(1)
  expect(err).toContain('MESSAGE_TOO_LARGE')
  expect(err).toMatch(/\d+ records failed/u)
})

test('whoever has enough sees how far it came', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 700)
  const some = ['--topic', 'c', '--backlog', '50KB', '--throughput', '200']
  const { code, out } = await catchUp({ signal: stop.signal }, ...some, '--quiet-seconds', '3600')
  expect(code).toBe(130)
  expect(out.map((line) => line.split(':')[0])).toEqual(['backlog', 'before'])
})

test.each([
  [['--backlog', 'much', '--throughput', '1'], '--backlog: much is no size'],
  [['--backlog', '0', '--throughput', '1'], '--backlog: 0 is no size'],
  [['--backlog', '1GB', '--throughput', '-1'], '--throughput: as fast as it goes'],
])('misuse is explained: %j', async (args, why) => {
  const { code, err } = await catchUp({}, '--topic', 't', ...args)
  expect(code).toBe(2)
  expect(err).toContain(why)
})
