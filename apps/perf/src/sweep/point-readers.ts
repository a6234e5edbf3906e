import { setTimeout as sleep } from 'node:timers/promises'

import { PafkaError, SECOND_MS } from '@pafka/base'
import { type Consumer, Kafka, type KafkaOptions } from '@pafka/client'

import { OwnGroup } from '../load/own-group.ts'
import { Latencies } from '../measure/latencies.ts'
import type { Workload } from '../workload/workload.ts'
import type { Stamps } from './stamps.ts'

type Bytes = Uint8Array

const LOOK_MS = 20
const JOIN_MS = 60 * SECOND_MS
const CLOSE_MS = 5 * SECOND_MS
/** Without another record for so long nothing comes any more. */
const QUIET_MS = 2 * SECOND_MS

/** The consumers of a workload: groups that begin at the end of its topics. */
export class PointReaders implements AsyncDisposable {
  readonly #stamps: Stamps
  /** Of the groups. */
  readonly #kafka: Kafka
  readonly #groups: OwnGroup[] = []
  readonly #kafkas: Kafka[] = []
  readonly #consumers: Consumer<Bytes, Bytes>[] = []
  readonly #stop = new AbortController()
  #reading: Promise<unknown> = Promise.resolve()
  #latencies = new Latencies()
  #countsFromMs = Infinity
  #lastMs = 0

  /** @param topics that each group reads; nothing is read of a workload without groups */
  constructor(
    kafka: KafkaOptions,
    topics: readonly string[],
    { groups, consumersPerGroup }: Workload,
    stamps: Stamps,
  ) {
    this.#stamps = stamps
    this.#kafka = new Kafka(kafka)
    for (const topic of topics) {
      for (let group = 0; group < groups; group++) {
        const own = new OwnGroup(this.#kafka, `${topic}-${group}`)
        this.#groups.push(own)
        for (let member = 0; member < consumersPerGroup; member++) {
          const client = new Kafka(kafka)
          this.#kafkas.push(client)
          this.#consumers.push(client.consumer(own.id, topic, { from: 'latest' }))
        }
      }
    }
  }

  get count(): number {
    return this.#consumers.length
  }

  /**
   * Waits until they have all partitions between them, and reads from then on.
   * @param partitions of all topics, once for each group
   * @throws {PafkaError} when they do not get them
   */
  async begin(partitions: number, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + JOIN_MS
    const assigned = (): number =>
      this.#consumers.reduce((sum, { assignment }) => sum + assignment.length, 0)
    while (assigned() < partitions && !signal.aborted) {
      if (performance.now() > endMs) {
        throw new PafkaError(
          'NO_ASSIGNMENT',
          `${assigned()} of ${partitions} partitions have readers`,
        )
      }
      // oxlint-disable-next-line no-await-in-loop -- until they have
      await sleep(LOOK_MS)
    }
    this.#reading = Promise.all(this.#consumers.map(async (consumer) => this.#read(consumer)))
    this.#reading.catch(() => {}) // `end` tells
  }

  /** Counts what was due from then on. */
  countFrom(dueMs: number): void {
    this.#countsFromMs = dueMs
    this.#latencies = new Latencies()
  }

  /**
   * Waits until they have read so many records that count, or nothing comes any more.
   * @throws {KafkaError}
   */
  async end(records: number, signal: AbortSignal): Promise<Latencies> {
    this.#lastMs = performance.now()
    const isQuiet = (): boolean => performance.now() - this.#lastMs > QUIET_MS
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
      const nowMs = performance.now()
      for (const { valueBytes } of batch) {
        const dueMs = this.#stamps.dueMs(valueBytes)
        if (dueMs === undefined || dueMs < this.#countsFromMs) continue
        this.#latencies.record(nowMs - dueMs, 1)
        this.#lastMs = nowMs
      }
      batch.ack()
    }
  }
}
