import { type Random, seededRandom } from '@pafka/base'
import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka, type ShareConsumer, type ShareJob } from '../src/index.ts'
import { Gate } from './gate.ts'
import { beginEarliest, doneBefore } from './share-stage.ts'
import { seedsOf } from './seeds.ts'
import { oneOf, spoil } from './spoil.ts'

const PARTITIONS = 3
const RECORDS = 300
const MOST_MEMBERS = 3
const MOST_DELIVERIES = 10

const APIS = [
  'ShareFetch',
  'ShareAcknowledge',
  'ShareGroupHeartbeat',
  'FindCoordinator',
  'Metadata',
] as const

type Job = ShareJob<Uint8Array, Uint8Array>

function goWrong(broker: Broker, gate: Gate, random: Random): void {
  const askAgain = (): void => {
    broker.faults.answer('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE')
    broker.faults.answer('Metadata', 'LEADER_NOT_AVAILABLE')
  }
  spoil(broker, oneOf(random, APIS), { random, others: [() => gate.cut(), askAgain] })
}

/** Members that come and go; what they say of jobs, and what is heard of that. */
class Workers {
  /** By the record: how often it was accepted, for all that its members heard. */
  readonly accepted = new Map<string, number>()
  /** Whether somebody was told that it may not have been. */
  readonly doubtful = new Set<string>()
  /** The highest delivery count. */
  readonly deliveries = new Map<string, number>()
  /** Given to somebody after somebody had accepted it. */
  readonly again = new Set<string>()
  readonly wrong: string[] = []
  readonly #bootstrap: string
  readonly #random: Random
  readonly #members: { readonly kafka: Kafka; readonly ended: Promise<void> }[] = []

  constructor(bootstrap: string, random: Random) {
    this.#bootstrap = bootstrap
    this.#random = random
  }

  get size(): number {
    return this.#members.length
  }

  come(): void {
    const kafka = new Kafka(this.#bootstrap)
    const consumer = kafka.shareConsumer('workers', 't', {
      ...(this.#random.below(2) === 0 && { maxRecords: 1 + this.#random.below(20) }),
      onRefused: (job) => this.#refused(job),
    })
    this.#members.push({ kafka, ended: this.#work(consumer) })
  }

  async go(): Promise<void> {
    const [member] = this.#members.splice(this.#random.below(this.#members.length), 1)
    await member?.kafka.close()
    await member?.ended
  }

  async #work(consumer: ShareConsumer<Uint8Array, Uint8Array>): Promise<void> {
    const way = this.#random.below(3)
    if (way === 0) {
      for await (const job of consumer) await this.#do(job)
    } else if (way === 1) {
      for await (const batch of consumer.batches()) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        for (const job of batch) await this.#do(job)
      }
    } else {
      await consumer.run(async (job) => this.#do(job), { concurrency: 1 + this.#random.below(8) })
    }
  }

  async #do(job: Job): Promise<void> {
    const value = valueOf(job)
    const before = this.deliveries.get(value) ?? 0
    this.deliveries.set(value, Math.max(before, job.deliveryCount))
    const isCount = job.deliveryCount >= 1 && job.deliveryCount <= MOST_DELIVERIES
    if (!isCount) this.wrong.push(`${value}: delivery ${job.deliveryCount}`)
    if (this.accepted.has(value)) this.again.add(value)
    if (this.#random.below(3) === 0) await waited(this.#random.below(4))
    if (this.#random.below(20) === 0) await job.renew().catch(() => {})
    const mayFail = job.deliveryCount < 3
    if (mayFail && this.#random.below(15) === 0) {
      job.release()
      return
    }
    this.accepted.set(value, (this.accepted.get(value) ?? 0) + 1)
    job.accept()
  }

  #refused(job: Job): void {
    const value = valueOf(job)
    this.doubtful.add(value)
    const left = (this.accepted.get(value) ?? 1) - 1
    if (left > 0) this.accepted.set(value, left)
    else this.accepted.delete(value)
  }
}

function valueOf({ value }: Job): string {
  return Buffer.from(value ?? []).toString()
}

async function waited(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

const seeds = seedsOf(5)

test.each(seeds)('whatever goes wrong, each job is done: SEED=%i', async (seed) => {
  const random = seededRandom(seed)
  await using broker = await Broker.start({
    topics: [{ name: 't', partitions: PARTITIONS }],
    config: {
      'group.share.heartbeat.interval.ms': 50,
      'group.share.min.heartbeat.interval.ms': 50,
      'group.share.record.lock.duration.ms': 5000,
      'group.share.min.record.lock.duration.ms': 5000,
      'group.share.delivery.count.limit': MOST_DELIVERIES,
    },
  })
  await beginEarliest(broker.bootstrap, 'workers')
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  await using gate = new Gate({ port: Number(broker.bootstrap.split(':').at(-1)) })
  const workers = new Workers(await gate.open(), random)
  for (let at = 0; at < RECORDS; at++) {
    // oxlint-disable-next-line no-await-in-loop -- they come over time
    await producer.send('t', { key: `${at % 20}`, value: `${at}` })
    if (random.below(15) === 0) goWrong(broker, gate, random)
    const change = random.below(40)
    if (change === 0 && workers.size < MOST_MEMBERS) workers.come()
    // oxlint-disable-next-line no-await-in-loop -- one goes after the other
    else if (change === 1 && workers.size > 0) await workers.go()
    // oxlint-disable-next-line no-await-in-loop -- so that members get their turn
    if (random.below(4) === 0) await waited(random.below(8))
  }
  broker.faults.clear()
  if (workers.size === 0) workers.come()
  const isAll = (): number => workers.deliveries.size
  await expect.poll(isAll, { timeout: 45_000, interval: 20 }).toBe(RECORDS)
  // what was refused is given again, unless it was done all the same
  const done = async (): Promise<number> => doneBefore(broker.bootstrap, 'workers', 't')
  await expect.poll(done, { timeout: 45_000, interval: 50 }).toBe(RECORDS)
  // oxlint-disable-next-line no-await-in-loop -- one goes after the other
  while (workers.size > 0) await workers.go()
  expect(workers.wrong).toEqual([])
  expect([...workers.again].filter((value) => !workers.doubtful.has(value))).toEqual([])
  const values = Array.from({ length: RECORDS }, (_, at) => `${at}`)
  const undone = values.filter((value) => {
    return workers.accepted.get(value) !== 1 && !workers.doubtful.has(value)
  })
  expect(undone).toEqual([])
})
