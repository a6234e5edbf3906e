import { assert, type BufferPool, type Clock } from '@pafka/base'
import { sequenceAfter } from '@pafka/protocol'

import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Encoder } from '../serde/serde.ts'
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
  /** A batch of this identity is lost, or may be: its sequences cannot go on in this partition. */
  readonly spent: (identity: ProducerIdentity) => void
  /** There is something to send. */
  readonly ready: (queue: PartitionQueue) => void
  /** Records were given up. */
  readonly failed: (error: KafkaError, batch: ProduceBatch) => void
  /** Records are acknowledged. */
  readonly wrote: (batch: ProduceBatch) => void
}

/** Batches in flight of one partition: brokers remember so many of a producer. */
const MOST_IN_FLIGHT = 5
/** Memory of a first batch; later ones begin with as much as the one before had. */
const INITIAL_BYTES = 4096

/**
 * The records of one partition, on their way in the order of their coming. A batch whose request
 * fails is sent again, the same bytes, before all that came after it: nothing new is sent while
 * answers are awaited that may fail because of it.
 */
export class PartitionQueue {
  readonly place: TopicPartition
  readonly #world: QueueWorld
  /** Above it a batch is full; brokers may take less, and say so. */
  #mostBytes: number
  /** Never sent, but perhaps the first of a rewind; all but the last are full. */
  #waiting: ProduceBatch[] = []
  /** Sent at least once, in the order of their sequences; they go before those that wait. */
  #again: ProduceBatch[] = []
  /** In the order of their sequences. */
  #inFlight: ProduceBatch[] = []
  /** Requests that are not answered yet. */
  #outstanding = 0
  #isRewinding = false
  /** A batch is gone from the middle: those after it need other sequences. */
  #mustRenumber = false
  /** This identity's sequences cannot go on. */
  #mustBeginAnew = false
  /** Of a batch that is lost, and may be written. */
  #lossError: KafkaError | undefined
  #identity: ProducerIdentity | undefined
  /** The broker has a batch of this identity. */
  #isKnown = false
  /** Of the next batch that gets one. */
  #nextSequence = 0
  /** What the broker takes next: after the last batch that it has. */
  #expected = 0
  #lastBytes = INITIAL_BYTES
  #batches = 0
  #notBeforeMs = -Infinity
  #failures = 0

  constructor(place: TopicPartition, world: QueueWorld, mostBytes: number) {
    this.place = place
    this.#world = world
    this.#mostBytes = mostBytes
  }

  /** Nothing is buffered, nor under way. */
  get isEmpty(): boolean {
    return this.#waiting.length + this.#again.length + this.#inFlight.length === 0
  }

  /** May be sent now, but for what else is under way. */
  get isReady(): boolean {
    if (this.#isRewinding || this.#outstanding >= this.#mostInFlight) return false
    return this.#again.length + this.#waiting.length > 0
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
    const numberedOf = this.#again[0]?.identity
    if (numberedOf !== undefined && numberedOf === this.#identity) return this.#sent(this.#again)
    if (!this.#adopt(identity)) return undefined
    if (this.#again.length > 0) return this.#sent(this.#again)
    this.#number(this.#waiting[0])
    return this.#sent(this.#waiting)
  }

  /** Whether all batches before it are written, or lost. */
  isFirst(batch: ProduceBatch): boolean {
    return this.#inFlight[0] === batch
  }

  /** A broker has it. */
  succeeded(batch: ProduceBatch, result: BatchResult): void {
    this.#failures = 0
    if (this.#remove(batch)) {
      this.#isKnown = batch.identity === this.#identity
      this.#expected = sequenceAfter(batch.baseSequence, batch.recordsCount)
      this.#settle(batch, result)
    }
    this.#answered()
  }

  /** It is sent again, not before then, with all that came after it. */
  failed(batch: ProduceBatch, notBeforeMs: number): void {
    if (this.#inFlight.includes(batch)) {
      this.#failures += 1
      this.#notBeforeMs = Math.max(this.#notBeforeMs, notBeforeMs)
      this.#isRewinding = true
    }
    this.#answered()
  }

  /** Nothing could be sent now; it is tried then. */
  postpone(notBeforeMs: number): void {
    this.#failures += 1
    this.#notBeforeMs = Math.max(this.#notBeforeMs, notBeforeMs)
  }

  /** It is given up; what came after it goes on without it. */
  lost(batch: ProduceBatch, error: KafkaError): void {
    if (this.#remove(batch)) {
      this.#lose(batch, error)
      this.#isRewinding = true
    }
    this.#answered()
  }

  /** The broker does not know the sequences before it: they begin anew. It was not written. */
  unknown(batch: ProduceBatch, notBeforeMs: number): void {
    assert(!batch.mayBeWritten, 'what may be written cannot begin anew')
    this.#mustBeginAnew = true
    this.failed(batch, notBeforeMs)
  }

  /** It is larger than the topic's limit: it is sent in two. @returns whether it could be cut */
  tooLarge(batch: ProduceBatch): boolean {
    const at = this.#inFlight.indexOf(batch)
    if (batch.recordsCount < 2 || at < 0) return false
    const before = batch.sizeBytes
    this.#mostBytes = Math.min(this.#mostBytes, Math.ceil(before / 2))
    const parts = batch.split()
    this.#world.budget.take(parts[0].sizeBytes + parts[1].sizeBytes - before)
    this.#inFlight.splice(at, 1, ...parts)
    this.#mustRenumber = true
    this.#isRewinding = true
    this.#answered()
    return true
  }

  /** Gives up what came before `createdMs` and is not under way. */
  expire(createdMs: number, errorOf: (batch: ProduceBatch) => KafkaError): void {
    if (this.oldestMs > createdMs) return
    while ((this.#again[0]?.createdMs ?? Infinity) <= createdMs) {
      const batch = this.#again.shift()
      if (batch !== undefined) this.#lose(batch, errorOf(batch))
    }
    if (this.#outstanding === 0) this.#rewind()
    else if (this.#mustRenumber) this.#isRewinding = true
    while ((this.#waiting[0]?.createdMs ?? Infinity) <= createdMs) {
      const batch = this.#waiting.shift()
      if (batch !== undefined) this.#settle(batch, errorOf(batch))
    }
  }

  /** Gives up what is not under way. */
  abandonWaiting(errorOf: (batch: ProduceBatch) => KafkaError): void {
    const all = [...this.#again, ...this.#waiting]
    this.#again = []
    this.#waiting = []
    for (const batch of all) this.#settle(batch, errorOf(batch))
  }

  /** Gives up everything at once. What is under way may be written, or not. */
  abandon(errorOf: (batch: ProduceBatch) => KafkaError): void {
    const underWay = this.#inFlight
    this.#inFlight = []
    for (const batch of underWay) {
      batch.mayBeWritten = true
      this.#settle(batch, errorOf(batch))
    }
    this.abandonWaiting(errorOf)
  }

  /** Ends when all that is buffered now was settled. */
  async flushed(): Promise<void> {
    const batches = [...this.#inFlight, ...this.#again, ...this.#waiting]
    await Promise.all(batches.map((batch) => batch.done()))
  }

  /**
   * A broker that knows nothing of a producer takes whatever sequence comes first: were the first
   * batch refused, the second would be taken before it.
   */
  get #mostInFlight(): number {
    return this.#isKnown || !this.#world.isIdempotent ? MOST_IN_FLIGHT : 1
  }

  #newBatch(sinceMs: number | undefined): ProduceBatch {
    this.#batches += 1
    const { clock, pool } = this.#world
    const initialBytes = Math.min(this.#lastBytes, this.#mostBytes)
    return new ProduceBatch(this.place, sinceMs ?? clock.monotonicMs(), pool, initialBytes)
  }

  /** @returns whether batches may get sequences of it now */
  #adopt(identity: ProducerIdentity | undefined): boolean {
    if (!this.#world.isIdempotent) return true
    if (identity === undefined) return false
    if (identity === this.#identity) return true
    // what has sequences of the identity before is settled first: theirs go on from there
    if (this.#outstanding > 0) return false
    this.#identity = identity
    this.#isKnown = false
    this.#nextSequence = 0
    this.#expected = 0
    for (const batch of this.#again) this.#number(batch)
    return true
  }

  #number(batch: ProduceBatch | undefined): void {
    assert(batch !== undefined, 'what is ready has a batch')
    if (!this.#world.isIdempotent) return
    batch.resequence(this.#identity, this.#nextSequence)
    this.#nextSequence = sequenceAfter(this.#nextSequence, batch.recordsCount)
  }

  #sent(from: ProduceBatch[]): ProduceBatch {
    const batch = from.shift()
    assert(batch !== undefined, 'what is ready has a batch')
    this.#inFlight.push(batch)
    this.#outstanding += 1
    this.#lastBytes = batch.sizeBytes
    return batch
  }

  /** @returns false when it was given up before */
  #remove(batch: ProduceBatch): boolean {
    const at = this.#inFlight.indexOf(batch)
    if (at >= 0) this.#inFlight.splice(at, 1)
    return at >= 0
  }

  #lose(batch: ProduceBatch, error: KafkaError): void {
    this.#mustRenumber = true
    if (batch.mayBeWritten) {
      this.#mustBeginAnew = true
      this.#lossError ??= error
    }
    this.#settle(batch, error)
  }

  #settle(batch: ProduceBatch, result: BatchResult): void {
    this.#world.budget.give(batch.sizeBytes)
    if (result instanceof Error) this.#world.failed(result, batch)
    else this.#world.wrote(batch)
    batch.settle(result)
  }

  #answered(): void {
    this.#outstanding -= 1
    if (this.#isRewinding && this.#outstanding === 0) this.#rewind()
    if (this.isReady) this.#world.ready(this)
  }

  /** All answers are there: what is not written goes to the front, in its order. */
  #rewind(): void {
    this.#again = [...this.#inFlight, ...this.#again]
    this.#inFlight = []
    this.#isRewinding = false
    if (this.#mustBeginAnew) this.#beginAnew()
    else if (this.#mustRenumber) this.#renumber()
    this.#mustBeginAnew = false
    this.#mustRenumber = false
    this.#lossError = undefined
  }

  /** After a gap no broker takes anything: whatever comes after one is not written. */
  #renumber(): void {
    if (!this.#world.isIdempotent) return
    this.#nextSequence = this.#expected
    for (const batch of this.#again) {
      if (batch.baseSequence !== this.#nextSequence) {
        batch.mayBeWritten = false
        batch.resequence(this.#identity, this.#nextSequence)
      }
      this.#nextSequence = sequenceAfter(this.#nextSequence, batch.recordsCount)
    }
  }

  /**
   * With a new identity brokers cannot tell what they have already: where a batch was lost that may
   * be written, those after it that may be are lost, too.
   */
  #beginAnew(): void {
    const error = this.#lossError
    if (this.#identity !== undefined) this.#world.spent(this.#identity)
    this.#identity = undefined
    this.#again = this.#again.filter((batch) => {
      const isLost = batch.mayBeWritten && error !== undefined
      if (isLost) this.#settle(batch, error)
      batch.mayBeWritten = false
      return !isLost
    })
  }
}
