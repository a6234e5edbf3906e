import { assert, type BufferPool } from '@pafka/base'
import {
  Compression,
  type CompressionName,
  compress,
  compressOffLoop,
  BATCH_HEADER_BYTES,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  readRecords,
  RecordBatchView,
  type RecordHeader,
  writeBatchHeader,
} from '@pafka/protocol'

import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Encoder } from '../serde/serde.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import { type BatchWritten, RecordPromises, type ResolveRecord } from './record-promises.ts'
import { KeyBytes, RecordSlab, type SlabRecord } from './record-slab.ts'

/** From so many bytes on a batch is compressed in a thread. */
export const OFF_LOOP_BYTES: number = 32 * 1024

/** What became of a batch. */
export type BatchResult = BatchWritten | KafkaError

/** Somebody who wants to know of many records together. */
export interface Delivery {
  /** Of so many of them, which were in one batch; an error when they were given up. */
  settled(count: number, error: KafkaError | undefined): void
}

/** Who wants to know of a record: a promise's resolve function, or one for many; or nobody. */
export type RecordWaiter = ResolveRecord | Delivery | undefined

/** Records of one partition that are sent, and answered, together. */
export class ProduceBatch {
  readonly place: TopicPartition
  /** When its first record came, by the clock's `monotonicMs`. */
  readonly createdMs: number
  /** A request with it may have reached a broker that did not answer. */
  mayBeWritten = false
  /** A batch before it is gone: no broker takes it as it is. */
  isVoid = false
  /** Of all batches of its partition that were numbered, in that order. */
  ordinal = 0
  /** Times that it was sent. */
  attempts = 0
  baseSequence: number = NO_SEQUENCE
  identity: ProducerIdentity | undefined
  readonly #slab: RecordSlab
  readonly #pool: BufferPool
  readonly #promises = new RecordPromises()
  readonly #deliveries: Delivery[] = []
  readonly #deliveryCounts: number[] = []
  readonly #done: (() => void)[] = []
  #frozen: Uint8Array | undefined
  /** Room for the header, and the compressed records: whatever sequence it has. */
  #packed: Uint8Array | undefined
  #packing: Promise<void> | undefined
  #isSettled = false
  #isOver = false
  #outcome: PromiseWithResolvers<BatchWritten | undefined> | undefined

  constructor(place: TopicPartition, createdMs: number, pool: BufferPool, initialBytes: number) {
    this.place = place
    this.createdMs = createdMs
    this.#pool = pool
    this.#slab = new RecordSlab(pool, initialBytes)
  }

  get recordsCount(): number {
    return this.#slab.recordsCount
  }

  /** Before compression. */
  get sizeBytes(): number {
    return this.#slab.sizeBytes
  }

  /** As `RecordSlab.append`. */
  append<V>(record: SlabRecord, value: V | null, encoder: Encoder<V>, mostBytes: number): boolean {
    assert(this.#frozen === undefined, 'a batch that was sent does not grow')
    return this.#slab.append(record, value, encoder, mostBytes)
  }

  /** Of the record that was appended last. */
  waits(waiter: RecordWaiter): void {
    if (waiter === undefined) return
    if (typeof waiter === 'function') {
      this.#promises.add(this.#slab.recordsCount - 1, waiter)
      return
    }
    const last = this.#deliveries.length - 1
    if (last >= 0 && this.#deliveries[last] === waiter) {
      this.#deliveryCounts[last] = (this.#deliveryCounts[last] ?? 0) + 1
    } else {
      this.#deliveries.push(waiter)
      this.#deliveryCounts.push(1)
    }
  }

  /** Ends when the batch was settled. */
  done(): Promise<void> {
    if (this.#isSettled) return Promise.resolve()
    return new Promise((resolve) => this.#done.push(resolve))
  }

  /**
   * Where it is written; undefined when it was cut in two.
   * @throws {KafkaError} when it is given up
   */
  outcome(): Promise<BatchWritten | undefined> {
    this.#outcome ??= Promise.withResolvers()
    return this.#outcome.promise
  }

  /**
   * Compresses a large batch off the event loop. To be called when nothing is added any more.
   * @returns undefined when `bytes` may be asked for at once
   */
  pack(compression: CompressionName): Promise<void> | undefined {
    const isLarge = compression !== 'none' && this.sizeBytes >= OFF_LOOP_BYTES
    if (!isLarge || this.#packed !== undefined || this.#isSettled) return undefined
    this.#packing ??= this.#pack(compression)
    return this.#packing
  }

  /** Nobody waits for it any more. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /**
   * The bytes to send; the same at each attempt, but after `resequence`.
   * @param header what is the producer's in it
   */
  bytes(compression: CompressionName, isTransactional: boolean): Uint8Array {
    this.#frozen ??= this.#freeze(compression, isTransactional)
    return this.#frozen
  }

  /** Gives it its place in the order of its producer. Nothing of it is written anywhere. */
  resequence(identity: ProducerIdentity | undefined, baseSequence: number): void {
    assert(!this.mayBeWritten, 'what may be written keeps its sequence')
    this.isVoid = false
    this.identity = identity
    this.baseSequence = baseSequence
    this.#frozen = undefined
  }

  /** Tells everybody, if that is not done yet, and gives the memory back. Once. */
  settle(result: BatchResult): void {
    this.tell(result)
    this.release()
  }

  /** Gives the memory back, of one of which everybody was told. */
  release(): void {
    this.#isOver = true
    // a thread may read it still
    if (this.#packing === undefined) this.#release()
  }

  /** Tells everybody, once; a request that is not answered yet borrows the memory still. */
  tell(result: BatchResult): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const isError = result instanceof Error
    if (isError) this.#promises.break(result)
    else this.#promises.keep(this.place, result)
    const error = isError ? result : undefined
    for (const [at, delivery] of this.#deliveries.entries()) {
      delivery.settled(this.#deliveryCounts[at] ?? 0, error)
    }
    for (const resolve of this.#done) resolve()
    if (isError) this.#outcome?.reject(result)
    else this.#outcome?.resolve(result)
  }

  #release(): void {
    this.#slab.release()
    this.#frozen = undefined
    this.#packed = undefined
  }

  /** The same records in two batches, with all who wait for them; this one is no more. */
  split(): readonly [ProduceBatch, ProduceBatch] {
    const half = Math.ceil(this.recordsCount / 2)
    const parts = [this.#part(), this.#part()] as const
    const key = new KeyBytes()
    const bytes = this.bytes('none', false)
    let at = 0
    for (const record of readRecords(new RecordBatchView(bytes, 0))) {
      const part = at < half ? parts[0] : parts[1]
      key.encode(record.key, COPY)
      const headers: RecordHeader[] = record.headers()
      part.append({ timestamp: record.timestamp, key, headers }, record.value, COPY, Infinity)
      at += 1
    }
    this.#promises.split(half, [parts[0].#promises, parts[1].#promises])
    this.#splitDeliveries(parts, half)
    let left = parts.length
    const done = (): void => {
      left -= 1
      if (left === 0) for (const resolve of this.#done) resolve()
    }
    for (const part of parts) part.#done.push(done)
    this.#outcome?.resolve(undefined)
    this.#slab.release()
    return parts
  }

  #part(): ProduceBatch {
    const part = new ProduceBatch(this.place, this.createdMs, this.#pool, this.sizeBytes)
    part.mayBeWritten = this.mayBeWritten
    part.isVoid = true
    return part
  }

  /** Which records are whose is not known of those who wait for many: only how many there are. */
  #splitDeliveries(parts: readonly [ProduceBatch, ProduceBatch], half: number): void {
    let room = half - parts[0].#promises.count
    for (const [at, delivery] of this.#deliveries.entries()) {
      const count = this.#deliveryCounts[at] ?? 0
      const first = Math.max(0, Math.min(room, count))
      room -= first
      for (const [part, of] of [
        [parts[0], first],
        [parts[1], count - first],
      ] as const) {
        if (of === 0) continue
        part.#deliveries.push(delivery)
        part.#deliveryCounts.push(of)
      }
    }
  }

  async #pack(compression: CompressionName): Promise<void> {
    try {
      const plain = this.#slab.view().subarray(BATCH_HEADER_BYTES)
      this.#packed = packed(await compressOffLoop(compression, plain))
    } finally {
      this.#packing = undefined
      if (this.#isOver) this.#release()
    }
  }

  #packedNow(compression: CompressionName, plain: Uint8Array): Uint8Array {
    this.#packed ??= packed(compress(compression, plain.subarray(BATCH_HEADER_BYTES)))
    return this.#packed
  }

  #freeze(compression: CompressionName, isTransactional: boolean): Uint8Array {
    const plain = this.#slab.view()
    const batch = compression === 'none' ? plain : this.#packedNow(compression, plain)
    const { producerId = NO_PRODUCER_ID, epoch = NO_PRODUCER_EPOCH } = this.identity ?? {}
    writeBatchHeader(batch, {
      baseOffset: 0,
      partitionLeaderEpoch: NO_PARTITION_LEADER_EPOCH,
      compression: Compression[compression],
      logAppendTime: false,
      transactional: isTransactional,
      control: false,
      deleteHorizon: false,
      lastOffsetDelta: this.recordsCount - 1,
      baseTimestamp: this.#slab.baseTimestamp,
      maxTimestamp: this.#slab.maxTimestamp,
      producerId,
      producerEpoch: epoch,
      baseSequence: this.baseSequence,
      recordsCount: this.recordsCount,
    })
    return batch
  }
}

const COPY: Encoder<Uint8Array> = {
  encode(value, sink) {
    sink.bytes(value)
  },
}

function packed(records: Uint8Array): Uint8Array {
  const batch = Buffer.allocUnsafeSlow(BATCH_HEADER_BYTES + records.length)
  batch.set(records, BATCH_HEADER_BYTES)
  return batch
}
