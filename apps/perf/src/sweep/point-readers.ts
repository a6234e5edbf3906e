import { setTimeout as sleep } from 'node:timers/promises'

import { PafkaError, SECOND_MS } from '@pafka/base'
import { type Consumer, Kafka, type KafkaOptions } from '@pafka/client'

import { OwnGroup } from '../load/own-group.ts'
import { Latencies } from '../measure/latencies.ts'
import { monotonicMs } from '../measure/monotonic-clock.ts'
import type { Workload } from '../workload/workload.ts'
import type { Stamps } from './stamps.ts'

type Bytes = Uint8Array

const LOOK_MS = 20
const JOIN_MS = 30 * SECOND_MS
const CLOSE_MS = 5 * SECOND_MS
/** Without another record for so long nothing comes any more. */
const QUIET_MS = 2 * SECOND_MS

/** A consumer group. */
export interface ReadGroup {
  readonly topic: string
  /** Which of the topics it is. */
  readonly topicAt: number
}

export interface ReadTerms {
  readonly kafka: KafkaOptions
  readonly workload: Workload
  readonly groups: readonly ReadGroup[]
}

/** The consumers of a workload: groups that begin at the end of its topics. */
export class PointReaders implements AsyncDisposable {
  readonly #stamps: Stamps
  readonly #workload: Workload
  /** Of each group, which topic it reads. */
  readonly #topicsOf: readonly number[]
  /** Of the groups. */
  readonly #kafka: Kafka
  readonly #groups: OwnGroup[] = []
  readonly #kafkas: Kafka[] = []
  /** The members of each group. */
  readonly #members: Consumer<Bytes, Bytes>[][] = []
  readonly #stop = new AbortController()
  #reading: Promise<unknown> = Promise.resolve()
  #latencies = new Latencies()
  #countsFromMs = Infinity
  #lastMs = 0

  /** @param groups of this thread */
  constructor({ kafka, workload, groups }: ReadTerms, stamps: Stamps) {
    this.#stamps = stamps
    this.#kafka = new Kafka(kafka)
    this.#workload = workload
    this.#topicsOf = groups.map(({ topicAt }) => topicAt)
    for (const [at, { topic }] of groups.entries()) {
      const own = new OwnGroup(this.#kafka, `${topic}-${at}`)
      this.#groups.push(own)
      this.#members.push(
        Array.from({ length: workload.consumersPerGroup }, () => {
          const client = new Kafka(kafka)
          this.#kafkas.push(client)
          return client.consumer(own.id, topic, { from: 'latest' })
        }),
      )
    }
  }

  /**
   * Waits until each has its share of all partitions of its topic, so that no group moves any more,
   * and reads from then on.
   * @throws {PafkaError} when they do not get them
   */
  async begin(signal: AbortSignal): Promise<void> {
    const { partitions } = this.#workload
    const endMs = performance.now() + JOIN_MS
    const unsettled = (): string | undefined => {
      const problems = this.#members.map((members) =>
        shareProblem(
          members.map(({ assignment }) => assignment.length),
          partitions,
        ),
      )
      return problems.find((problem) => problem !== undefined)
    }
    for (let problem = unsettled(); problem !== undefined && !signal.aborted;) {
      if (performance.now() > endMs) throw new PafkaError('NO_ASSIGNMENT', problem)
      // oxlint-disable-next-line no-await-in-loop -- until they have
      await sleep(LOOK_MS)
      problem = unsettled()
    }
    const all = this.#members.flat()
    this.#reading = Promise.all(all.map(async (consumer) => this.#read(consumer)))
    this.#reading.catch(() => {}) // `end` tells
  }

  /** Counts what was due from then on, by `monotonicMs`. */
  countFrom(dueMs: number): void {
    this.#countsFromMs = dueMs
    this.#latencies = new Latencies()
  }

  /**
   * Waits until each group has read so many records that count, or nothing comes any more.
   * @param recordsOf each topic of the run
   * @throws {KafkaError}
   */
  async end(recordsOf: readonly number[], signal: AbortSignal): Promise<Latencies> {
    const records = this.#topicsOf.reduce((sum, at) => sum + (recordsOf[at] ?? 0), 0)
    this.#lastMs = monotonicMs()
    const isQuiet = (): boolean => monotonicMs() - this.#lastMs > QUIET_MS
    while (this.#latencies.count < records && !isQuiet() && !signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- until they have
      await sleep(LOOK_MS)
    }
    this.#stop.abort()
    await this.#reading
    return this.#latencies
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#kafkas.map(async (kafka) => kafka.close({ timeoutMs: CLOSE_MS })))
    await Promise.all(this.#groups.map(async (group) => group[Symbol.asyncDispose]()))
    await this.#kafka.close({ timeoutMs: CLOSE_MS })
  }

  async #read(consumer: Consumer<Bytes, Bytes>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      const batch = consumer.takeBatch() ?? (await consumer.nextBatch(signal))
      if (batch === undefined) return
      const nowMs = monotonicMs()
      for (const { valueBytes } of batch) {
        const dueMs = this.#stamps.dueMs(valueBytes)
        if (dueMs === undefined || dueMs < this.#countsFromMs) continue
        this.#latencies.record(nowMs - dueMs, 1)
        this.#lastMs = nowMs
      }
      batch.ack()
      batch.release()
    }
  }
}

/**
 * A group in which one has more than others by two is not at an end of moving: the first member has
 * all before the second is let in.
 * @param shares how many partitions each member has
 * @returns undefined when all is as it stays
 */
export function shareProblem(shares: readonly number[], partitions: number): string | undefined {
  const assigned = shares.reduce((sum, share) => sum + share, 0)
  if (assigned < partitions) return `${assigned} of ${partitions} partitions have readers`
  const isEven = Math.max(...shares) - Math.min(...shares) <= 1
  return isEven ? undefined : `the readers of ${partitions} partitions have ${shares.join(', ')}`
}
