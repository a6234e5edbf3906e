import { setTimeout as sleep } from 'node:timers/promises'

import type { Kafka, KafkaError } from '@pafka/client'

import { consumeLoad } from '../load/consume-load.ts'
import { partOf, shareOf } from '../load/load-part.ts'
import { isUnanswered } from '../load/last-answers.ts'
import { OwnGroup } from '../load/own-group.ts'
import { produceLoad, type ProduceWatch } from '../load/produce-load.ts'
import { Consumed } from '../measure/consumed.ts'
import { Tally } from '../measure/tally.ts'
import { consumerSettings } from '../settings/consumer-settings.ts'
import { loadOf } from '../settings/load-spec.ts'
import { producerSettings } from '../settings/producer-settings.ts'
import type { PropertyReader } from '../settings/property-reader.ts'
import type { BenchTask, ClientWindow } from './messages.ts'

/** What one client of a bench does. Times are those of `performance.now()`. */
export interface BenchWork {
  /** @param startMs not before then. @throws {KafkaError} */
  run(startMs: number, signal: AbortSignal): Promise<void>
  /** What came since it was asked last. */
  take(): Omit<ClientWindow, 'client'>
  /** Since when records count; undefined before. */
  readonly beganMs: number | undefined
  /** Until it had partitions. */
  readonly joiningMs: number
}

export interface WorkParts {
  readonly kafka: Kafka
  readonly read: PropertyReader
  readonly task: BenchTask
  readonly topic: string
  /** Which of the clients it is. */
  readonly at: number
}

/** A producer. @param told why records failed. @throws {ConfigError} */
export function producing(
  { kafka, read, task, topic, at }: WorkParts,
  told: (problem: string) => void,
): BenchWork {
  const producer = kafka.producer(producerSettings(read))
  const { warmupRecords } = task
  const load = partOf(loadOf(topic, seeded(task, at)), at, task.ofClients)
  const tally = new Tally(performance.now())
  let beganMs: number | undefined
  let unanswered = 0
  let stop: AbortSignal | undefined
  const watch: ProduceWatch = {
    acknowledged(records, bytes, latencyMs, index) {
      if (index >= warmupRecords) tally.acknowledged(records, bytes, latencyMs)
    },
    failed(records: number, error: KafkaError) {
      if (stop !== undefined && isUnanswered(error, stop)) {
        unanswered += records
        return
      }
      tally.failed(records)
      told(error.message)
    },
    steady(dueMs) {
      if (warmupRecords > 0) beganMs = dueMs
    },
  }
  return {
    joiningMs: 0,
    get beganMs() {
      return beganMs
    },
    async run(startMs, signal) {
      if (!(await isTime(startMs, signal))) return
      if (warmupRecords === 0) beganMs = startMs
      stop = signal
      try {
        await produceLoad(producer, { ...load, startMs, warmupRecords }, watch, signal)
        await producer.flush()
      } finally {
        if (unanswered > 0) told(`${unanswered} records were not answered`)
      }
    },
    take() {
      const { records, bytes, failed, latencies } = tally.take(performance.now())
      return { records, bytes, failed, latencies: records > 0 ? latencies.encode() : undefined }
    },
  }
}

/** Each client sends other values, and all of them the same ones again with the same seed. */
function seeded({ load }: BenchTask, at: number): BenchTask['load'] {
  const { seed } = load
  return seed === undefined ? load : { ...load, seed: String(Number(seed) + at) }
}

/** A consumer, in a group of its own. @param told why it has too few */
export function consuming(
  { kafka, read, task, topic, at }: WorkParts,
  told: (problem: string) => void,
): BenchWork {
  const records = shareOf(Number(task.load.numRecords), at, task.ofClients)
  let consumed: Consumed | undefined
  let beganMs: number | undefined
  let before = { records: 0, bytes: 0 }
  return {
    get beganMs() {
      return beganMs
    },
    get joiningMs() {
      return consumed?.soFar().joiningMs ?? 0
    },
    async run(startMs, signal) {
      if (!(await isTime(startMs, signal))) return
      beganMs = startMs
      consumed = new Consumed()
      await using group = new OwnGroup(kafka, topic)
      await using consumer = kafka.consumer(group.id, topic, consumerSettings(read))
      const { timeoutMs } = task
      await consumeLoad(consumer, { records, timeoutMs, commits: true }, consumed, signal)
      if (consumed.records < records && !signal.aborted) {
        told(`no record for ${timeoutMs} ms, with ${consumed.records} of ${records}`)
      }
    },
    take() {
      const now = consumed?.soFar() ?? before
      const window = { records: now.records - before.records, bytes: now.bytes - before.bytes }
      before = now
      return { ...window, failed: 0, latencies: undefined }
    },
  }
}

/** @returns false when it is over before it began */
async function isTime(startMs: number, signal: AbortSignal): Promise<boolean> {
  const waitMs = Math.max(0, startMs - performance.now())
  await sleep(waitMs, undefined, { signal }).catch(() => {})
  return !signal.aborted
}
