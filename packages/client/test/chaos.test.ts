import { type Random, seededRandom } from '@pafka/base'
import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka, KafkaError, type Producer } from '../src/index.ts'
import { ChaosProxy } from './chaos-proxy.ts'
import { type ReadRecord, readAll } from './read-records.ts'
import { seedsOf } from './seeds.ts'
import { oneOf } from './spoil.ts'

const PARTITIONS = 3
const RECORDS = 600
const KEYS = 12

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const PROTOCOLS = ['classic', 'consumer'] as const
type Protocol = (typeof PROTOCOLS)[number]

/** A record that was sent, and what became of it as far as its sender knows. */
interface Sent {
  readonly key: string
  readonly value: string
  readonly end: Promise<'acknowledged' | 'not-written' | 'unknown'>
}

function recordOf(at: number): { readonly key: string; readonly value: string } {
  return { key: `k${at % KEYS}`, value: `${at}` }
}

/** One, or some together. */
function send(producer: Producer, from: number, to: number): Sent[] {
  const records = Array.from({ length: to - from }, (_, at) => recordOf(from + at))
  const [first] = records
  const sending =
    first === undefined || records.length > 1
      ? producer.sendAll('t', records)
      : producer.send('t', first)
  const end = sending.then(
    () => 'acknowledged' as const,
    (error: unknown) => (error instanceof KafkaError ? (error.outcome ?? 'unknown') : 'unknown'),
  )
  return records.map((record) => ({ ...record, end }))
}

/** What is wrong with what is in the log; nothing, if all is well. */
async function faultsOf(sent: readonly Sent[], read: readonly ReadRecord[]): Promise<string[]> {
  const faults: string[] = []
  const times = new Map<string, number>()
  for (const { value } of read) times.set(`${value}`, (times.get(`${value}`) ?? 0) + 1)
  for (const { value, end } of sent) {
    const count = times.get(value) ?? 0
    // oxlint-disable-next-line no-await-in-loop -- they have ended
    const known = await end
    const isWell =
      known === 'acknowledged' ? count === 1 : known === 'unknown' ? count <= 1 : count === 0
    if (!isWell) faults.push(`${value} is ${known}, and there ${count} times`)
  }
  const last = new Map<string, number>()
  for (const { key, value } of read) {
    const before = last.get(`${key}`) ?? -1
    if (Number(value) <= before) faults.push(`${value} of ${key} comes after ${before}`)
    last.set(`${key}`, Number(value))
  }
  return faults
}

/** What a group sees: each value, and where there were gaps in what one member was given. */
async function consume(
  kafka: Kafka,
  protocol: Protocol,
  { seen, gaps }: { readonly seen: Set<string>; readonly gaps: string[] },
): Promise<void> {
  const last = new Map<AbortSignal, number>()
  const session = protocol === 'classic' ? { sessionTimeoutMs: 3000 } : {}
  const options = { protocol, ...session, commitIntervalMs: 50 }
  for await (const { partition, offset, signal, value } of kafka.consumer('g', 't', options)) {
    const before = last.get(signal)
    if (before !== undefined && offset !== before + 1) {
      gaps.push(`${partition}: ${before} to ${offset}`)
    }
    last.set(signal, offset)
    seen.add(Buffer.from(value ?? []).toString())
  }
}

async function pause(random: Random): Promise<void> {
  if (random.below(3) > 0) await new Promise(setImmediate)
  else await new Promise((resolve) => setTimeout(resolve, random.below(12)))
}

const seeds = seedsOf(4)

test.each(seeds)(
  'over a network of the worst kind nothing is lost or doubled: SEED=%i',
  async (seed) => {
    const random = seededRandom(seed)
    await using broker = await Broker.start({
      topics: [{ name: 't', partitions: PARTITIONS }],
      config: {
        'group.initial.rebalance.delay.ms': 0,
        'group.min.session.timeout.ms': 1000,
        'group.consumer.min.session.timeout.ms': 1000,
        'group.consumer.session.timeout.ms': 3000,
        'group.consumer.min.heartbeat.interval.ms': 200,
        'group.consumer.heartbeat.interval.ms': 200,
      },
    })
    await using proxy = new ChaosProxy(broker.port, random)
    const terms = { brokers: [await proxy.open()], requestTimeoutMs: 800, connectTimeoutMs: 800 }
    await using kafka = new Kafka(terms)
    const [compression, protocol] = [oneOf(random, CODECS), oneOf(random, PROTOCOLS)]
    const producer = kafka.producer({ compression })
    const checks = { seen: new Set<string>(), gaps: [] as string[] }
    const consuming = [consume(kafka, protocol, checks)]
    await producer.send('t', { value: 'first' })
    proxy.isChaos = true
    const sent: Sent[] = []
    while (sent.length < RECORDS) {
      const many = random.below(40) === 0 ? 2 + random.below(30) : 1
      sent.push(...send(producer, sent.length, sent.length + many))
      if (random.below(RECORDS / 2) === 0) consuming.push(consume(kafka, protocol, checks))
      // oxlint-disable-next-line no-await-in-loop -- they come over time
      await pause(random)
      // oxlint-disable-next-line no-await-in-loop -- once in a while
      if (random.below(250) === 0) await proxy.move()
    }
    await Promise.all(sent.map(async ({ end }) => end))
    proxy.isChaos = false
    const ends = await Promise.all(sent.map(async ({ end }) => end))
    // chaos is over long before the delivery timeout
    expect(new Set(ends)).toEqual(new Set(['acknowledged']))
    const read = (await readAll(broker.bootstrap, 't')).filter(({ key }) => key !== null)
    expect(await faultsOf(sent, read)).toEqual([])
    await expect
      .poll(() => checks.seen.size, { timeout: 45_000, interval: 20 })
      .toBe(read.length + 1)
    expect(checks.gaps).toEqual([])
    expect(proxy.done.size).toBeGreaterThan(0)
    await kafka.close()
    await Promise.all(consuming)
  },
)
