import { sequenceAfter } from '@pafka/protocol'

/** Batches of a producer that are recognised when they are sent again: as many as may be open. */
const KNOWN_BATCHES = 5
/** With fewer than five after a place, five before it are still there: see `batchesBefore`. */
const KEPT_BATCHES = 2 * KNOWN_BATCHES

/** Of a producer of which only an open transaction is known: any batch may be its next. */
export const NO_EPOCH = -1

export interface ProducerBatch {
  readonly lastSequence: number
  readonly lastOffset: number
  /** Last offset minus first offset, which is also last minus first sequence. */
  readonly offsetDelta: number
  readonly timestampMs: number
}

/** What a log knows of one idempotent producer. */
export class ProducerEntry {
  readonly producerId: number
  epoch: number
  coordinatorEpoch = -1
  lastTimestampMs: number
  /** In a snapshot: first offset of the open transaction, or -1. Else `LogTransactions` knows. */
  transactionFirstOffset = -1
  /** Oldest first, at most `KEPT_BATCHES`, all of `epoch`. */
  readonly #batches: ProducerBatch[] = []

  constructor(producerId: number, epoch: number) {
    this.producerId = producerId
    this.epoch = epoch
    this.lastTimestampMs = -1
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  /**
   * The newest of those before an offset, oldest first: with what came after, all that have to be
   * recognised, or would have to if what came after were gone.
   */
  batchesBefore(endOffset: number): readonly ProducerBatch[] {
    const left = this.#batches.filter(({ lastOffset }) => lastOffset < endOffset)
    return left.slice(-KNOWN_BATCHES)
  }

  get lastBatch(): ProducerBatch | undefined {
    return this.#batches.at(-1)
  }

  /** -1 when nothing is known of this epoch. */
  get lastSequence(): number {
    return this.#batches.at(-1)?.lastSequence ?? -1
  }

  /** The batch with just these sequences, if it is remembered. */
  find(baseSequence: number, lastSequence: number): ProducerBatch | undefined {
    for (const batch of this.#batches.slice(-KNOWN_BATCHES)) {
      if (batch.lastSequence !== lastSequence) continue
      if (sequenceAfter(baseSequence, batch.offsetDelta) === lastSequence) return batch
    }
    return undefined
  }

  add(epoch: number, batch: ProducerBatch): void {
    this.raiseEpoch(epoch)
    if (this.#batches.length === KEPT_BATCHES) this.#batches.shift()
    this.#batches.push(batch)
    this.lastTimestampMs = batch.timestampMs
  }

  /** A new epoch begins with no batches. */
  raiseEpoch(epoch: number): void {
    if (epoch === this.epoch) return
    this.epoch = epoch
    this.#batches.length = 0
  }
}

export function follows(lastSequence: number, nextSequence: number): boolean {
  return nextSequence === sequenceAfter(lastSequence, 1)
}
