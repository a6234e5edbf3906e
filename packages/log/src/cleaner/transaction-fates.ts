import { isTransactional, producerIdOf, RecordBatchView } from '@pafka/protocol'

import { markerTypeOf } from '../producer/transaction-marker.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { BatchReader, type BatchReaderOptions } from './batch-reader.ts'
import { BATCH_STEPS } from './cleaner-pace.ts'

/** `open`: no marker of it lies in a sealed segment. */
export type Fate = 'committed' | 'aborted' | 'open'

/** Markers of one kind that follow each other, known by the last of them. */
interface Run {
  lastOffset: number
  readonly isAbort: boolean
}

/**
 * How transactions ended, told by their markers: that of a batch is the first marker of its
 * producer behind it. A run of commits or aborts takes one entry, so that memory grows with the
 * producers and with aborts between commits, not with the transactions.
 */
export class TransactionFates {
  readonly #runs = new Map<number, Run[]>()

  /** Reads segments on from one that has a transactional batch. Rejects as `BatchReader`. */
  static async read(
    segments: readonly LogSegment[],
    options: BatchReaderOptions,
  ): Promise<TransactionFates> {
    const fates = new TransactionFates()
    for (const segment of segments) {
      using reader = new BatchReader(segment, options)
      for (;;) {
        const next = reader.next()
        if (!(typeof next === 'boolean' ? next : await next)) break
        fates.#note(reader.bytes, reader.at)
        if (options.pace.isDue(BATCH_STEPS)) await options.pace.pause()
      }
    }
    return fates
  }

  /** @param offset of a transactional batch in the segments that were read */
  of(producerId: number, offset: number): Fate {
    const runs = this.#runs.get(producerId) ?? []
    let [low, high] = [0, runs.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((runs[middle] as Run).lastOffset > offset) high = middle
      else low = middle + 1
    }
    const run = runs[low]
    if (run === undefined) return 'open'
    return run.isAbort ? 'aborted' : 'committed'
  }

  #note(bytes: Uint8Array, at: number): void {
    const type = markerTypeOf(bytes, at)
    if (type === undefined) return
    const isAbort = type === 'abort'
    const { lastOffset, producerId } = new RecordBatchView(bytes, at)
    const runs = this.#runs.get(producerId)
    const last = runs?.at(-1)
    if (runs === undefined) this.#runs.set(producerId, [{ lastOffset, isAbort }])
    else if (last?.isAbort === isAbort) last.lastOffset = lastOffset
    else runs.push({ lastOffset, isAbort })
  }
}

/**
 * Which markers may go: those whose transaction has no batch left in the log. Sees all batches of a
 * pass, in order. Source: Kafka `CleanedTransactionMetadata.java`.
 */
export class MarkerWatch {
  readonly #withBatches = new Set<number>()

  /** A transactional batch with data, or one that was emptied but is kept. */
  sawBatch(bytes: Uint8Array, at: number): void {
    if (isTransactional(bytes, at)) this.#withBatches.add(producerIdOf(bytes, at))
  }

  /** @returns whether the control batch is of no more use, once readers had time to see it */
  isSpent(bytes: Uint8Array, at: number): boolean {
    // emptied before, and kept for its producer's epoch alone
    if (new RecordBatchView(bytes, at).recordsCount === 0) return true
    if (markerTypeOf(bytes, at) === undefined) return false
    return !this.#withBatches.delete(producerIdOf(bytes, at))
  }
}
