import { type Random, seededRandom } from '@pafka/base'
import { Broker, type FaultError } from '@pafka/broker'
import { expect, test } from 'vitest'

import { type Consumer, Kafka } from '../src/index.ts'
import { Gate } from './gate.ts'
import { seedsOf } from './seeds.ts'
import { oneOf, spoil } from './spoil.ts'

const PARTITIONS = 4
const RECORDS = 400
const MOST_MEMBERS = 3

const APIS = [
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'ConsumerGroupHeartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
  'FindCoordinator',
  'Fetch',
  'ListOffsets',
  'Metadata',
] as const

/** What each API may say, and means that it is to be tried again, or begun anew. */
const ERRORS = {
  JoinGroup: ['NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS'],
  SyncGroup: ['NOT_COORDINATOR', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'],
  Heartbeat: [
    'NOT_COORDINATOR',
    'UNKNOWN_MEMBER_ID',
    'ILLEGAL_GENERATION',
    'REBALANCE_IN_PROGRESS',
  ],
  ConsumerGroupHeartbeat: [
    'NOT_COORDINATOR',
    'UNKNOWN_MEMBER_ID',
    'FENCED_MEMBER_EPOCH',
    'COORDINATOR_LOAD_IN_PROGRESS',
  ],
  LeaveGroup: ['NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID'],
  OffsetCommit: [
    'NOT_COORDINATOR',
    'REBALANCE_IN_PROGRESS',
    'ILLEGAL_GENERATION',
    'STALE_MEMBER_EPOCH',
  ],
  OffsetFetch: ['NOT_COORDINATOR', 'UNSTABLE_OFFSET_COMMIT', 'COORDINATOR_LOAD_IN_PROGRESS'],
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
  Fetch: ['NOT_LEADER_OR_FOLLOWER', 'FETCH_SESSION_ID_NOT_FOUND', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ListOffsets: ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE'],
  Metadata: ['LEADER_NOT_AVAILABLE'],
} as const

function goWrong(broker: Broker, gate: Gate, random: Random): void {
  const api = oneOf(random, APIS)
  const answer = (): void => void broker.faults.answer(api, oneOf<FaultError>(random, ERRORS[api]))
  spoil(broker, api, { random, others: [() => gate.cut(), answer] })
}

type Protocol = 'classic' | 'consumer'

/** Members that come and go; what each is given must have no gap. */
class Group {
  readonly seen = new Set<string>()
  readonly gaps: string[] = []
  readonly #bootstrap: string
  readonly #protocols: readonly Protocol[]
  readonly #members: { readonly kafka: Kafka; readonly ended: Promise<void> }[] = []

  constructor(bootstrap: string, protocols: readonly Protocol[]) {
    this.#bootstrap = bootstrap
    this.#protocols = protocols
  }

  get size(): number {
    return this.#members.length
  }

  come(random: Random): void {
    const kafka = new Kafka(this.#bootstrap)
    const protocol = this.#protocols[random.below(this.#protocols.length)] ?? 'classic'
    const consumer = kafka.consumer('g', 't', {
      ...(protocol === 'classic' ? { sessionTimeoutMs: 1500 } : { protocol }),
      commitIntervalMs: 30,
    })
    this.#members.push({ kafka, ended: this.#consume(consumer) })
  }

  async go(random: Random): Promise<void> {
    const [member] = this.#members.splice(random.below(this.#members.length), 1)
    await member?.kafka.close()
    await member?.ended
  }

  async #consume(consumer: Consumer<Uint8Array, Uint8Array>): Promise<void> {
    const last = new Map<AbortSignal, number>()
    for await (const record of consumer) {
      const { partition, offset, signal, value } = record
      const before = last.get(signal)
      if (before !== undefined && offset !== before + 1) {
        this.gaps.push(`${partition}: ${before} to ${offset}`)
      }
      last.set(signal, offset)
      this.seen.add(Buffer.from(value ?? []).toString())
    }
  }
}

const seeds = seedsOf(5)
const protocolSets: readonly (readonly Protocol[])[] = [
  ['classic'],
  ['consumer'],
  ['classic', 'consumer'],
]
const cases = seeds.flatMap((seed) => protocolSets.map((protocols) => [protocols, seed] as const))

test.each(cases)('whatever goes wrong, a group sees each record: %s SEED=%i', async (...given) => {
  const [protocols, seed] = given
  const random = seededRandom(seed)
  await using broker = await Broker.start({
    topics: [{ name: 't', partitions: PARTITIONS }],
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'group.min.session.timeout.ms': 1000,
      'group.consumer.heartbeat.interval.ms': 50,
      'group.consumer.min.heartbeat.interval.ms': 50,
      'group.consumer.session.timeout.ms': 1500,
      'group.consumer.min.session.timeout.ms': 1500,
    },
  })
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  await using gate = new Gate({ port: Number(broker.bootstrap.split(':').at(-1)) })
  const group = new Group(await gate.open(), protocols)
  for (let at = 0; at < RECORDS; at++) {
    // oxlint-disable-next-line no-await-in-loop -- they come over time
    await producer.send('t', { key: `${at % 20}`, value: `${at}` })
    if (random.below(12) === 0) goWrong(broker, gate, random)
    const change = random.below(40)
    if (change === 0 && group.size < MOST_MEMBERS) group.come(random)
    // oxlint-disable-next-line no-await-in-loop -- one goes after the other
    else if (change === 1 && group.size > 0) await group.go(random)
    // oxlint-disable-next-line no-await-in-loop -- so that members get their turn
    if (random.below(4) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(8)))
  }
  broker.faults.clear()
  if (group.size === 0) group.come(random)
  await expect.poll(() => group.seen.size, { timeout: 45_000, interval: 20 }).toBe(RECORDS)
  expect(group.gaps).toEqual([])
  // oxlint-disable-next-line no-await-in-loop -- one goes after the other
  while (group.size > 0) await group.go(random)
})
