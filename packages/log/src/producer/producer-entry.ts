import { sequenceAfter } from '@pafka/protocol'

/** Batches of a producer that are remembered, to recognise them when they are sent again. */
const KEPT_BATCHES = 5

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
  /** First offset of the transaction that is open, or -1. */
  transactionFirstOffset = -1
  /** Oldest first, at most `KEPT_BATCHES`, all of `epoch`. */
  readonly #batches: ProducerBatch[] = []

  constructor(producerId: number, epoch: number) {
    this.producerId = producerId
    this.epoch = epoch
    this.lastTimestampMs = -1
  }

  /** Those that are remembered, oldest first. */
  get batches(): readonly ProducerBatch[] {
    return this.#batches
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
    for (const batch of this.#batches) {
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
