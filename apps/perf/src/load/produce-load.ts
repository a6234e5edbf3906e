import type { Delivery, KafkaError, ProducerRecord } from '@pafka/client'

import type { KeySource } from './keys.ts'
import type { PayloadSource } from './payloads.ts'
import { PreciseTimer } from './precise-timer.ts'
import type { Schedule } from './schedule.ts'

/** Where records go: a producer, or its transactions. */
export interface RecordSink {
  enqueue(topic: string, record: ProducerRecord<Uint8Array, Uint8Array>, tell: Delivery): boolean
  /** Rejects with `signal`. */
  ready(options: { readonly signal: AbortSignal }): Promise<void>
  /** Asked now and then between records. @returns what is to be waited for before the next one */
  turn?(): Promise<void> | undefined
}

/** What is to be sent, and when. */
export interface ProduceLoad {
  readonly topic: string
  readonly records: number
  readonly payload: PayloadSource
  readonly key: KeySource
  /** Undefined for as fast as it goes. */
  readonly schedule: Schedule | undefined
  /** When the first is due, by `performance.now()`; at once where nothing is said. */
  readonly startMs?: number | undefined
  /** First records, which are not sent together with those after them; none by default. */
  readonly warmupRecords?: number
}

/** Who wants to know what became of records that were sent together. */
export interface ProduceWatch {
  /** @param index of the first of them that was sent. @param latencyMs from when it was due */
  acknowledged(records: number, bytes: number, latencyMs: number, index: number): void
  failed(records: number, error: KafkaError, index: number): void
  /** The first record after the warm-up is about to be sent. @param dueMs when it was due */
  steady?(dueMs: number): void
}

/** Records whose times of sending differ by no more than that are timed together. */
const TOGETHER_MS = 0.05
/** As fast as it goes, so many records are sent by one look at the clock. */
const MOST_TOGETHER = 64
/** Records that are sent until answers get their turn. */
const MOST_IN_A_ROW = 4096

/**
 * Sends records at their times. Where it is late, for want of memory or of time, their latencies
 * are from when they were due nevertheless: what waits is not left out (coordinated omission).
 * @returns how many were sent: all, unless `signal` was aborted. Their answers may be under way.
 */
export async function produceLoad(
  sink: RecordSink,
  load: ProduceLoad,
  watch: ProduceWatch,
  signal: AbortSignal,
): Promise<number> {
  const { schedule, records, startMs: beganMs = performance.now(), warmupRecords = 0 } = load
  await using timer = schedule && new PreciseTimer(signal)
  let sent = 0
  while (sent < records && !signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
    await sink.turn?.()
    const elapsedMs = performance.now() - beganMs
    const end = sent < warmupRecords ? Math.min(records, warmupRecords) : records
    const most = Math.min(end, sent + MOST_IN_A_ROW)
    const until = schedule === undefined ? most : Math.min(most, schedule.dueBy(elapsedMs))
    while (sent < until && !signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- what comes next is sent after it
      sent = await sendTogether(sink, load, watch, { beganMs, sent, until, signal })
    }
    if (sent === records) break
    const waitMs = schedule === undefined ? 0 : schedule.dueMs(sent) + beganMs - performance.now()
    const isEarly = waitMs > 0 && timer !== undefined
    // oxlint-disable-next-line no-await-in-loop -- until the next is due
    await (isEarly ? timer.sleep(waitMs) : new Promise(setImmediate))
  }
  return sent
}

interface Place {
  readonly beganMs: number
  readonly sent: number
  readonly until: number
  readonly signal: AbortSignal
}

/** @returns the index of the next one, the same again when it was not sent for want of time */
async function sendTogether(
  sink: RecordSink,
  { topic, payload, key, schedule, warmupRecords }: ProduceLoad,
  watch: ProduceWatch,
  { beganMs, sent, until, signal }: Place,
): Promise<number> {
  const firstMs = schedule?.dueMs(sent)
  const dueMs = firstMs === undefined ? performance.now() : beganMs + firstMs
  if (sent === warmupRecords) watch.steady?.(dueMs)
  const together = new Together(watch, sent, dueMs)
  const end = Math.min(until, sent + MOST_TOGETHER)
  let index = sent
  for (; index < end; index++) {
    if (schedule !== undefined && schedule.dueMs(index) - (firstMs ?? 0) > TOGETHER_MS) break
    const value = payload(index)
    const record = { key: key(), value }
    if (!sink.enqueue(topic, record, together)) {
      if (index > sent) break // what comes after a wait was sent at another time
      do {
        // oxlint-disable-next-line no-await-in-loop -- until there is room
        if (!(await hasRoom(sink, signal))) return index
      } while (!sink.enqueue(topic, record, together))
    }
    together.added(value.length)
  }
  return index
}

/** @returns false when `signal` came before. @throws {KafkaError} */
async function hasRoom(sink: RecordSink, signal: AbortSignal): Promise<boolean> {
  try {
    await sink.ready({ signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

/** Records that were due at the same time. */
class Together implements Delivery {
  readonly #watch: ProduceWatch
  readonly #index: number
  readonly #dueMs: number
  #records = 0
  #bytes = 0

  constructor(watch: ProduceWatch, index: number, dueMs: number) {
    this.#watch = watch
    this.#index = index
    this.#dueMs = dueMs
  }

  added(bytes: number): void {
    this.#records += 1
    this.#bytes += bytes
  }

  settled(count: number, error: KafkaError | undefined): void {
    if (error !== undefined) {
      this.#watch.failed(count, error, this.#index)
      return
    }
    // which of them they are is not known: each counts as much as the others
    const bytes = (this.#bytes * count) / this.#records
    this.#watch.acknowledged(count, bytes, performance.now() - this.#dueMs, this.#index)
  }
}
