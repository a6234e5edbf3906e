import { assert, type BufferPool, type Clock } from '@pafka/base'

import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { Bell } from '../time/bell.ts'
import type { Encoder } from '../serde/serde.ts'
import { BatchSequences } from './batch-sequences.ts'
import type { BufferBudget } from './buffer-budget.ts'
import { type BatchResult, ProduceBatch, type RecordWaiter } from './produce-batch.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { SlabRecord } from './record-slab.ts'

/** What a record is written from. */
export interface QueuedRecord extends SlabRecord {
  /** When it came, by the clock's `monotonicMs`, where that was not now. */
  readonly sinceMs?: number | undefined
}

/** What queues of a producer have in common. */
export interface QueueWorld {
  readonly clock: Clock
  readonly pool: BufferPool
  readonly budget: BufferBudget
  /** Producers without idempotence have none. */
  readonly isIdempotent: boolean
  /** Its sequences cannot go on in this partition. */
  readonly spent: (identity: ProducerIdentity) => void
  /** There is something to send. */
  readonly ready: (queue: PartitionQueue) => void
  /** Records were given up. */
  readonly failed: (error: KafkaError, batch: ProduceBatch) => void
  /** Records are acknowledged. */
  readonly wrote: (batch: ProduceBatch) => void
}

/** @param isUnderWay what it is given up for says nothing of whether it is written */
export type ErrorOf = (batch: ProduceBatch, isUnderWay: boolean) => KafkaError

/** Memory of a first batch; later ones begin with as much as the one before had. */
const INITIAL_BYTES = 4096

/**
 * The records of one partition, on their way in the order of their coming. A batch whose request
 * fails is sent again, the same bytes, before all that came after it: nothing new is sent while
 * answers are awaited that may fail because of it.
 */
export class PartitionQueue {
  readonly place: TopicPartition
  /** Why the last attempt failed; undefined where it did not. */
  lastError: unknown = undefined
  readonly #world: QueueWorld
  readonly #sequences: BatchSequences
  /** Above it a batch is full; brokers may take less, and say so. */
  #mostBytes: number
  /** Never sent, but perhaps the first of a rewind; all but the last are full. */
  #waiting: ProduceBatch[] = []
  /** Sent at least once, in the order of their sequences; they go before those that wait. */
  #again: ProduceBatch[] = []
  /** In the order of their sequences. Some may be given up: who waited for them was told. */
  #inFlight: ProduceBatch[] = []
  /** Requests that are not answered yet. */
  #outstanding = 0
  #isRewinding = false
  #lastBytes = INITIAL_BYTES
  #batches = 0
  #notBeforeMs = -Infinity
  #failures = 0
  readonly #ended = new Bell()

  constructor(place: TopicPartition, world: QueueWorld, mostBytes: number) {
    this.place = place
    this.#world = world
    this.#sequences = new BatchSequences(world.isIdempotent)
    this.#mostBytes = mostBytes
  }

  /** Nothing is buffered, nor under way. */
  get isEmpty(): boolean {
    return this.#waiting.length + this.#again.length + this.#inFlight.length === 0
  }

  /** May be sent now, but for what else is under way. */
  get isReady(): boolean {
    const sequences = this.#sequences
    if (this.#isRewinding || this.#outstanding >= sequences.mostInFlight) return false
    if (this.#again.length > 0) return true
    return this.#waiting.length > 0 && sequences.mayNumber(this.#inFlight[0])
  }

  /** The next batch will not grow. */
  get isFull(): boolean {
    return this.#again.length > 0 || this.#waiting.length > 1
  }

  /** Before it nothing is to be sent, as the last attempt failed. */
  get notBeforeMs(): number {
    return this.#notBeforeMs
  }

  /** How often attempts failed since one did not. */
  get failures(): number {
    return this.#failures
  }

  /** When the oldest record came that is to be sent; Infinity without one. */
  get oldestMs(): number {
    return this.#again[0]?.createdMs ?? this.#waiting[0]?.createdMs ?? Infinity
  }

  get nextBytes(): number {
    return this.#again[0]?.sizeBytes ?? this.#waiting[0]?.sizeBytes ?? 0
  }

  /** Batches that were begun so far. */
  get batches(): number {
    return this.#batches
  }

  /** The next record goes to a batch that was begun before. */
  get hasOpen(): boolean {
    return this.#waiting.length > 0
  }

  /** Batches that wait to be sent. */
  get backlog(): number {
    return this.#again.length + this.#waiting.length
  }

  /** @returns whether a batch became full by it. @throws what the encoder throws */
  append<V>(
    record: QueuedRecord,
    value: V | null,
    encoder: Encoder<V>,
    waiter: RecordWaiter,
  ): boolean {
    const { budget } = this.#world
    const wasReady = this.#waiting.length > 0
    let batch = this.#waiting.at(-1)
    let isFull = false
    const before = batch?.sizeBytes ?? 0
    if (batch === undefined || !batch.append(record, value, encoder, this.#mostBytes)) {
      isFull = batch !== undefined
      batch = this.#newBatch(record.sinceMs)
      batch.append(record, value, encoder, this.#mostBytes)
      this.#waiting.push(batch)
      budget.take(batch.sizeBytes)
    } else {
      budget.take(batch.sizeBytes - before)
    }
    batch.waits(waiter)
    if (!wasReady || isFull) this.#world.ready(this)
    return isFull
  }

  /**
   * The next batch to send, with its sequence.
   * @param identity undefined without idempotence
   * @returns undefined while those before it are to be answered first
   */
  take(identity: ProducerIdentity | undefined): ProduceBatch | undefined {
    if (!this.isReady) return undefined
    const sequences = this.#sequences
    const [first] = this.#again
    if (first !== undefined && sequences.isNumbered(first)) return this.#sent(this.#again)
    if (!sequences.adopt(identity, this.#outstanding === 0)) return undefined
    for (const batch of this.#again) sequences.number(batch)
    if (first !== undefined) return this.#sent(this.#again)
    const [next] = this.#waiting
    assert(next !== undefined, 'what is ready has a batch')
    sequences.number(next)
    return this.#sent(this.#waiting)
  }

  /** Whether all batches before it are written, or lost. */
  isFirst(batch: ProduceBatch): boolean {
    return this.#inFlight[0] === batch
  }

  /** A broker has it. */
  succeeded(batch: ProduceBatch, result: BatchResult): void {
    this.#failures = 0
    this.lastError = undefined
    if (this.#remove(batch) !== undefined) {
      this.#sequences.acknowledged(batch)
      this.#settle(batch, result)
    }
    this.#answered()
  }

  /** It is sent again, not before then, with all that came after it. */
  failed(batch: ProduceBatch, notBeforeMs: number, error: unknown): void {
    if (this.#inFlight.includes(batch)) {
      this.postpone(notBeforeMs, error)
      this.#isRewinding = true
    }
    this.#answered()
  }

  /** Nothing could be sent now; it is tried then. */
  postpone(notBeforeMs: number, error: unknown): void {
    this.lastError = error
    this.#failures += 1
    this.#notBeforeMs = Math.max(this.#notBeforeMs, notBeforeMs)
  }

  /** It is given up; what came after it goes on without it. */
  lost(batch: ProduceBatch, error: KafkaError): void {
    const behind = this.#remove(batch)
    if (behind !== undefined) this.#lose(batch, behind, error)
    this.#answered()
  }

  /** The broker does not know the sequences before it: they begin anew. It was not written. */
  unknown(batch: ProduceBatch, notBeforeMs: number, error: unknown): void {
    assert(!batch.mayBeWritten, 'what may be written cannot begin anew')
    const at = this.#inFlight.indexOf(batch)
    if (at >= 0) this.#sequences.unknown(batch, this.#behind(at))
    this.failed(batch, notBeforeMs, error)
  }

  /**
   * It is larger than the topic's limit: it is sent in two, but for one that an attempt before may
   * have written: the limit may have been another one then.
   * @returns whether it could be cut
   */
  tooLarge(batch: ProduceBatch): boolean {
    const at = this.#inFlight.indexOf(batch)
    if (batch.recordsCount < 2 || at < 0 || batch.isSettled) return false
    if (batch.mayBeWritten && this.#world.isIdempotent) return false
    const before = batch.sizeBytes
    this.#mostBytes = Math.min(this.#mostBytes, Math.ceil(before / 2))
    const parts = batch.split()
    this.#world.budget.take(parts[0].sizeBytes + parts[1].sizeBytes - before)
    this.#sequences.gone(batch, this.#behind(at))
    this.#inFlight.splice(at, 1, ...parts)
    this.#isRewinding = true
    this.#answered()
    return true
  }

  /**
   * Gives up what came before `createdMs`. Of what is under way who waits is told; its place stays
   * until it is known what became of it.
   */
  expire(createdMs: number, errorOf: ErrorOf): void {
    for (const batch of this.#inFlight) {
      if (batch.createdMs > createdMs || batch.isSettled) continue
      this.#tell(batch, errorOf(batch, true))
    }
    while ((this.#again[0]?.createdMs ?? Infinity) <= createdMs) {
      const batch = this.#again.shift()
      if (batch !== undefined) this.#lose(batch, this.#again, errorOf(batch, false))
    }
    if (this.#outstanding === 0) this.#rewind()
    while ((this.#waiting[0]?.createdMs ?? Infinity) <= createdMs) {
      const batch = this.#waiting.shift()
      if (batch !== undefined) this.#settle(batch, errorOf(batch, false))
    }
  }

  /** Gives up what is not under way. */
  abandonWaiting(errorOf: ErrorOf): void {
    const all = [...this.#again, ...this.#waiting]
    this.#again = []
    this.#waiting = []
    for (const batch of all) this.#settle(batch, errorOf(batch, false))
  }

  /** Gives up everything at once. What is under way may be written, or not. */
  abandon(errorOf: ErrorOf): void {
    const underWay = this.#inFlight
    this.#inFlight = []
    for (const batch of underWay) this.#settle(batch, errorOf(batch, true))
    this.#ended.ring()
    this.abandonWaiting(errorOf)
  }

  /** Ends when all that is buffered now was settled. */
  async flushed(): Promise<void> {
    const batches = [...this.#inFlight, ...this.#again, ...this.#waiting]
    await Promise.all(batches.map((batch) => batch.done()))
  }

  /** Ends when nothing is under way, not even what was given up. */
  async ended(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- it rings for each
    while (this.#inFlight.length > 0) await this.#ended.heard()
  }

  #newBatch(sinceMs: number | undefined): ProduceBatch {
    this.#batches += 1
    const { clock, pool } = this.#world
    const initialBytes = Math.min(this.#lastBytes, this.#mostBytes)
    return new ProduceBatch(this.place, sinceMs ?? clock.monotonicMs(), pool, initialBytes)
  }

  #sent(from: ProduceBatch[]): ProduceBatch {
    const batch = from.shift()
    assert(batch !== undefined, 'what is ready has a batch')
    this.#inFlight.push(batch)
    this.#outstanding += 1
    this.#lastBytes = batch.sizeBytes
    return batch
  }

  /** @returns those behind it; undefined when it was given up before */
  #remove(batch: ProduceBatch): ProduceBatch[] | undefined {
    const at = this.#inFlight.indexOf(batch)
    if (at < 0) return undefined
    this.#inFlight.splice(at, 1)
    return this.#behind(at - 1)
  }

  /** All that have sequences after one in flight. */
  #behind(at: number): ProduceBatch[] {
    return [...this.#inFlight.slice(at + 1), ...this.#again]
  }

  /** @param behind all that have sequences after it */
  #lose(batch: ProduceBatch, behind: readonly ProduceBatch[], error: KafkaError): void {
    if (this.#sequences.gone(batch, behind)) this.#isRewinding = true
    this.#settle(batch, error)
  }

  #tell(batch: ProduceBatch, result: BatchResult): void {
    if (batch.isSettled) return
    if (result instanceof Error) this.#world.failed(result, batch)
    else this.#world.wrote(batch)
    batch.tell(result)
  }

  #settle(batch: ProduceBatch, result: BatchResult): void {
    this.#world.budget.give(batch.sizeBytes)
    this.#tell(batch, result)
    batch.settle(result)
  }

  #answered(): void {
    this.#outstanding -= 1
    const isDue = this.#isRewinding || this.#sequences.isSpent
    if (isDue && this.#outstanding === 0) this.#rewind()
    this.#ended.ring()
    if (this.isReady) this.#world.ready(this)
  }

  /** All answers are there: what is not written goes to the front, in its order. */
  #rewind(): void {
    const all = [...this.#inFlight, ...this.#again]
    this.#inFlight = []
    this.#isRewinding = false
    this.#again = all.filter((batch, at) => {
      if (!batch.isSettled) return true
      // it was given up while it was under way
      this.#sequences.gone(batch, all.slice(at + 1))
      this.#world.budget.give(batch.sizeBytes)
      batch.release()
      return false
    })
    const spent = this.#sequences.rewound(this.#again)
    if (spent !== undefined) this.#world.spent(spent)
  }
}
