import {
  isControlBatch,
  isTransactional,
  nextOffsetOf,
  producerIdOf,
  RecordBatchView,
} from '@pafka/protocol'

import type { LogParts } from '../partition/log-parts.ts'
import type { ProducerStates } from '../producer/producer-states.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { openRecords } from './batch-codec.ts'
import { BatchFilter, STEP_RECORDS } from './batch-filter.ts'
import { BatchReader, type BatchReaderOptions } from './batch-reader.ts'
import { type Cleanable, hasExpired, sealedSegments } from './cleanable.ts'
import { BATCH_STEPS } from './cleaner-pace.ts'
import { KeptTransactions } from './kept-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import { RecordWalker } from './record-walker.ts'
import type { SegmentWriter } from './segment-writer.ts'
import { type Fate, MarkerWatch, TransactionFates } from './transaction-fates.ts'

/** The newest batch of a producer, which says how its sequences go on. */
interface LastBatch {
  /** Undefined when its epoch has no batch, only a marker. */
  readonly lastOffset: number | undefined
  readonly epoch: number
}

/**
 * What one pass over one log knows: first the newest offset of each key in the dirty part, then
 * which batches and records stay. Source: Kafka `Cleaner.java`.
 */
export class CleaningPass {
  /** All keys below it are known: records from it on stay as they are. */
  mappedEnd = 0
  readonly #parts: LogParts
  readonly #map: OffsetMap
  readonly #reading: BatchReaderOptions
  readonly #nowMs: number
  readonly #firstDirtyOffset: number
  readonly #producers: ProducerStates
  readonly #markers = new MarkerWatch()
  readonly #lastBatches = new Map<number, LastBatch>()
  readonly #filter: BatchFilter
  #fates: TransactionFates | undefined
  /** Of the batch that is being filtered. */
  #dropsAll = false

  constructor(parts: LogParts, map: OffsetMap, reading: BatchReaderOptions) {
    this.#parts = parts
    this.#map = map
    this.#reading = reading
    this.#nowMs = parts.context.clock.nowMs()
    this.#firstDirtyOffset = parts.firstDirtyOffset
    this.#filter = new BatchFilter({ keep: (walker, batch) => this.#keeps(walker, batch) })
    this.#producers = parts.producers
    for (const { producerId, lastBatch, epoch } of this.#producers.entries()) {
      this.#lastBatches.set(producerId, { lastOffset: lastBatch?.lastOffset, epoch })
    }
  }

  /**
   * Whether the log was cut since the pass began: the map may name records that are gone. A
   * truncation puts the state of producers together anew.
   */
  get isTruncated(): boolean {
    return this.#parts.producers !== this.#producers
  }

  /**
   * Reads the dirty part, until its end, the map is full, or a transaction begins whose end is not
   * known. Sets `mappedEnd`.
   */
  async fillMap({ segments, endOffset }: Cleanable): Promise<void> {
    for (const segment of segments) {
      const end = this.#parts.segments.endOf(segment, endOffset)
      if (end <= this.#firstDirtyOffset || hasExpired(this.#parts, segment)) continue
      const from = Math.max(segment.baseOffset, this.#firstDirtyOffset)
      using reader = new BatchReader(segment, this.#reading, await segment.positionFor(from))
      this.mappedEnd = from
      for (;;) {
        const next = reader.next()
        if (!(typeof next === 'boolean' ? next : await next)) break
        if (!(await this.#mapBatch(reader, segment))) return
      }
    }
    this.mappedEnd = endOffset
  }

  /** Copies what stays of a segment. @returns whether that is all of it, byte for byte. */
  async copy(segment: LogSegment, writer: SegmentWriter): Promise<boolean> {
    using reader = new BatchReader(segment, this.#reading)
    const { pace } = this.#reading
    const transactions = new KeptTransactions(segment)
    let isSame = true
    for (;;) {
      const next = reader.next()
      if (!(typeof next === 'boolean' ? next : await next)) return isSame
      const batch = new RecordBatchView(reader.bytes, reader.at)
      const kept = batch.baseOffset >= this.mappedEnd ? batch.slice() : await this.#clean(batch)
      isSame &&= kept?.buffer === batch.bytes.buffer // a view, not a new batch
      if (kept !== undefined) await writer.add(kept)
      if (kept !== undefined && batch.control) {
        await transactions.keep(batch.lastOffset, writer.segment)
      }
      if (pace.isDue(BATCH_STEPS)) await pace.pause()
    }
  }

  /** @returns false when the batch, or a record of it, was not mapped; then `mappedEnd` is it. */
  async #mapBatch({ bytes, at }: BatchReader, segment: LogSegment): Promise<boolean> {
    const { pace } = this.#reading
    const batch = new RecordBatchView(bytes, at)
    if (batch.nextOffset <= this.#firstDirtyOffset) return true
    if (!isControlBatch(bytes, at) && batch.recordsCount > 0) {
      const fate = isTransactional(bytes, at) ? await this.#fateOf(batch, segment) : 'committed'
      if (fate === 'open') return false
      if (fate === 'committed' && !(await this.#mapRecords(batch))) return false
    }
    this.mappedEnd = nextOffsetOf(bytes, at)
    if (pace.isDue(BATCH_STEPS)) await pace.pause()
    return true
  }

  async #mapRecords(batch: RecordBatchView): Promise<boolean> {
    const { pace } = this.#reading
    const walker = new RecordWalker()
    const { baseOffset } = batch
    walker.start(await this.#recordsOf(batch), 0, batch.recordsCount)
    while (walker.next()) {
      if (pace.isDue()) await pace.pause()
      const offset = baseOffset + walker.offsetDelta
      if (!walker.hasKey || offset < this.#firstDirtyOffset) continue
      if (this.#map.put(walker.bytes, walker.keyFrom, walker.keyEnd, offset)) continue
      this.mappedEnd = offset
      return false
    }
    return true
  }

  /** No promise in the common case. */
  #recordsOf(batch: RecordBatchView): Uint8Array | Promise<Uint8Array> {
    const records = openRecords(batch)
    if (!(records instanceof Promise)) return records
    return records.finally(() => this.#reading.pace.resumed())
  }

  async #fateOf(batch: RecordBatchView, segment: LogSegment): Promise<Fate> {
    if (this.#fates === undefined) {
      const sealed = [...sealedSegments(this.#parts)]
      const from = sealed.indexOf(segment)
      this.#fates = await TransactionFates.read(from < 0 ? [] : sealed.slice(from), this.#reading)
    }
    return this.#fates.of(batch.producerId, batch.baseOffset)
  }

  async #clean(batch: RecordBatchView): Promise<Uint8Array | undefined> {
    const isSpentMarker = batch.control && this.#markers.isSpent(batch.bytes, batch.at)
    if (!batch.control) this.#markers.sawBatch(batch.bytes, batch.at)
    const isMapped = batch.nextOffset <= this.mappedEnd
    const keepEmpty = this.#isLastOfProducer(batch)
    const isGone = batch.control
      ? isSpentMarker && batch.deleteHorizon && batch.baseTimestamp <= this.#nowMs
      : this.#isAborted(batch)
    if (isGone && !keepEmpty) {
      this.#reading.figures.droppedRecords += batch.recordsCount
      return undefined
    }
    if (batch.control && !isGone && !isSpentMarker) return batch.slice()
    const filter = this.#filter
    filter.begin(batch, await this.#recordsOf(batch))
    this.#dropsAll = isGone
    const { pace, figures } = this.#reading
    while (filter.step()) if (pace.isDue(STEP_RECORDS)) await pace.pause()
    if (pace.isDue(STEP_RECORDS)) await pace.pause() // what follows is done in one go
    figures.droppedRecords += batch.recordsCount - filter.keptCount
    const deleteHorizonMs = isMapped
      ? this.#nowMs + this.#parts.config.deleteRetentionMs
      : undefined
    return filter.finish({ keepEmpty, isSpentMarker, deleteHorizonMs })
  }

  /** Aborted transactions in the clean part went with the pass that made it clean. */
  #isAborted(batch: RecordBatchView): boolean {
    if (!batch.transactional || this.#fates === undefined) return false
    if (batch.baseOffset < this.#firstDirtyOffset) return false
    return this.#fates.of(producerIdOf(batch.bytes, batch.at), batch.baseOffset) === 'aborted'
  }

  #keeps(walker: RecordWalker, batch: RecordBatchView): boolean {
    if (this.#dropsAll) return false
    if (batch.control) return true
    const offset = batch.baseOffset + walker.offsetDelta
    if (offset >= this.mappedEnd) return true
    if (!walker.hasKey) return false
    if (offset < this.#map.get(walker.bytes, walker.keyFrom, walker.keyEnd)) return false
    if (walker.hasValue || !batch.deleteHorizon) return true
    return this.#nowMs < batch.baseTimestamp
  }

  /** Source: Kafka `Cleaner.cleanInto`, isBatchLastRecordOfProducer. */
  #isLastOfProducer(batch: RecordBatchView): boolean {
    if (batch.producerId < 0) return false
    const last = this.#lastBatches.get(batch.producerId)
    if (last === undefined) return false
    if (last.lastOffset !== undefined) return batch.lastOffset === last.lastOffset
    return batch.control && batch.producerEpoch === last.epoch
  }
}
