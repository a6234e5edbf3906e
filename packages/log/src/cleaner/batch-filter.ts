import {
  BATCH_HEADER_BYTES,
  Compression,
  type RecordBatchView,
  varlongBytes,
  writeBatchHeader,
  writeVarint,
  writeVarlong,
} from '@pafka/protocol'

import { closeRecords } from './batch-codec.ts'
import { RecordWalker } from './record-walker.ts'

/** What is to become of the records of one batch. */
export interface FilterRules {
  /** The walker stands at the record. */
  keep(walker: RecordWalker, batch: RecordBatchView): boolean
}

export interface FilterOutcome {
  /** Keep the header when no record stays: it tells the producer's last sequence. */
  readonly keepEmpty: boolean
  /**
   * From when on its tombstones, or the marker that it is, may go; undefined: not to be decided
   * now. Set once (KIP-534).
   */
  readonly deleteHorizonMs: number | undefined
  /** It is the marker of a transaction that has no batches left. */
  readonly isSpentMarker: boolean
}

/** What stays of a batch; a promise where it is compressed off the thread. */
type Outcome = Uint8Array | Promise<Uint8Array> | undefined

/** Records looked at before the caller may pause. */
export const STEP_RECORDS = 64

/**
 * Goes through one batch at a time and makes of it what stays: the same bytes where all records do,
 * else a new batch with the same offsets and sequences. Source of what is kept: Kafka
 * `MemoryRecords.filterTo`.
 */
export class BatchFilter {
  readonly #rules: FilterRules
  readonly #walker = new RecordWalker()
  #batch: RecordBatchView | undefined
  #records: Uint8Array = EMPTY
  /** Pairs of begin and end, in `#records`, of records that stay; neighbours are one. */
  #kept: number[] = []
  #keptCount = 0
  #hasTombstone = false
  #maxDelta = Number.NEGATIVE_INFINITY

  constructor(rules: FilterRules) {
    this.#rules = rules
  }

  /**
   * @param batch borrowed until `finish`, and until what that returns is written
   * @param records its bytes, decompressed
   */
  begin(batch: RecordBatchView, records: Uint8Array): void {
    this.#batch = batch
    this.#records = records
    this.#walker.start(this.#records, 0, batch.recordsCount)
    this.#kept = []
    this.#keptCount = 0
    this.#hasTombstone = false
    this.#maxDelta = Number.NEGATIVE_INFINITY
  }

  /** Records of the batch that stay, of those seen so far. */
  get keptCount(): number {
    return this.#keptCount
  }

  /** @returns false when all records were seen. @throws DecodeError */
  step(): boolean {
    const batch = this.#current()
    const walker = this.#walker
    for (let left = STEP_RECORDS; left > 0; left--) {
      if (!walker.next()) return false
      if (!this.#rules.keep(walker, batch)) continue
      if (!walker.hasValue) this.#hasTombstone = true
      this.#keptCount += 1
      this.#maxDelta = Math.max(this.#maxDelta, walker.timestampDelta())
      const last = this.#kept.length - 1
      if (this.#kept[last] === walker.from) this.#kept[last] = walker.end
      else this.#kept.push(walker.from, walker.end)
    }
    return true
  }

  /** @returns what stays, perhaps a view of the batch itself; undefined for nothing. */
  finish(outcome: FilterOutcome): Outcome {
    const batch = this.#current()
    if (this.#keptCount === 0) {
      if (!outcome.keepEmpty) return undefined
      return batch.recordsCount === 0 ? batch.slice() : withRecords(batch, { records: EMPTY })
    }
    const hasMortal = this.#hasTombstone || outcome.isSpentMarker
    const horizonMs = hasMortal && !batch.deleteHorizon ? outcome.deleteHorizonMs : undefined
    if (this.#keptCount === batch.recordsCount && horizonMs === undefined) return batch.slice()
    const maxTimestamp = batch.logAppendTime
      ? batch.maxTimestamp
      : batch.baseTimestamp + this.#maxDelta
    const records = horizonMs === undefined ? this.#join() : this.#rebase(horizonMs)
    return withRecords(batch, { records, count: this.#keptCount, maxTimestamp, horizonMs })
  }

  #current(): RecordBatchView {
    if (this.#batch === undefined) throw new TypeError('no batch was begun')
    return this.#batch
  }

  #join(): Uint8Array {
    const kept = this.#kept
    let length = 0
    for (let at = 0; at < kept.length; at += 2) length += (kept[at + 1] ?? 0) - (kept[at] ?? 0)
    const joined = Buffer.allocUnsafe(length)
    const { buffer, byteOffset } = this.#records
    const records = Buffer.from(buffer, byteOffset, this.#records.length)
    let filled = 0
    for (let at = 0; at < kept.length; at += 2) {
      filled += records.copy(joined, filled, kept[at], kept[at + 1])
    }
    return joined
  }

  /** The horizon takes the place of the base timestamp, to which records are relative. */
  #rebase(horizonMs: number): Uint8Array {
    const joined = this.#join()
    const shift = this.#current().baseTimestamp - horizonMs
    const into = Buffer.allocUnsafe(joined.length + this.#keptCount * LARGEST_GROWTH_BYTES)
    const walker = this.#walker
    let at = 0
    walker.start(joined, 0, this.#keptCount)
    while (walker.next()) {
      const delta = walker.timestampDelta() + shift
      const rest = joined.subarray(walker.timestampEnd, walker.end)
      at = writeVarint(into, at, 1 + varlongBytes(delta) + rest.length)
      into[at] = joined[walker.bodyFrom] as number
      at = writeVarlong(into, at + 1, delta)
      into.set(rest, at)
      at += rest.length
    }
    return into.subarray(0, at)
  }
}

interface Kept {
  readonly records: Uint8Array
  readonly count?: number
  readonly maxTimestamp?: number
  readonly horizonMs?: number | undefined
}

/** The batch with other records; an empty one is the header alone, and not compressed. */
function withRecords(batch: RecordBatchView, kept: Kept): Uint8Array | Promise<Uint8Array> {
  const { records, count = 0 } = kept
  const compression = count === 0 ? Compression.none : batch.compression
  const stored = closeRecords(compression, records)
  if (stored instanceof Promise) return stored.then((bytes) => assemble(batch, kept, bytes))
  return assemble(batch, kept, stored)
}

function assemble(batch: RecordBatchView, kept: Kept, stored: Uint8Array): Uint8Array {
  const { count = 0, maxTimestamp = batch.maxTimestamp, horizonMs } = kept
  const bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES + stored.length)
  bytes.set(stored, BATCH_HEADER_BYTES)
  writeBatchHeader(bytes, {
    baseOffset: batch.baseOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    compression: count === 0 ? Compression.none : batch.compression,
    logAppendTime: batch.logAppendTime,
    transactional: batch.transactional,
    control: batch.control,
    deleteHorizon: count > 0 && (horizonMs !== undefined || batch.deleteHorizon),
    lastOffsetDelta: batch.lastOffset - batch.baseOffset,
    baseTimestamp: count === 0 ? -1 : (horizonMs ?? batch.baseTimestamp),
    maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    recordsCount: count,
  })
  return bytes
}

/** A timestamp delta of ten bytes instead of one, and a length of one byte more. */
const LARGEST_GROWTH_BYTES = 10
const EMPTY = new Uint8Array(0)
