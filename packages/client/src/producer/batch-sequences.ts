import { sequenceAfter } from '@pafka/protocol'

import type { ProduceBatch } from './produce-batch.ts'
import type { ProducerIdentity } from './producer-identity.ts'

/** Brokers remember so many batches of a producer in a partition, and know them again. */
export const REMEMBERED_BATCHES = 5

/**
 * The sequences of the batches of one partition, by which a broker knows a batch that comes twice,
 * and refuses one before which another is missing.
 *
 * What may be written keeps its sequence: sent again it is taken once, whatever came of the attempt
 * before. Where a batch is gone that is certainly not written, there is a gap, and whatever is
 * numbered behind it is void: no broker has taken it, nor will. Void batches are numbered anew from
 * the gap on; those before it are not touched. If a request with a void batch has no answer, it may
 * still come to the broker: were its sequence in order again, it would be taken, too. Then what is
 * numbered anew gets a producer epoch of its own (KIP-360), as it does where the broker lost track
 * of the sequences; but not before all that keeps its sequence has an end.
 *
 * A batch that is given up and may be written leaves no gap: those behind it go on as they are. If
 * it was not written the broker refuses the next one, which is thereby known not to be written.
 *
 * Source: Kafka `TransactionManager.java`, `adjustSequencesDueToFailedBatch` and unresolved
 * sequences, which renumbers by the same rule; KIP-360.
 */
export class BatchSequences {
  readonly #isIdempotent: boolean
  #identity: ProducerIdentity | undefined
  /** The broker has a batch of this identity. */
  #isKnown = false
  /** Of the next batch that gets one. */
  #next = 0
  #ordinal = 0
  /** Where the first batch was that is gone, and is not written. */
  #gap: { readonly sequence: number; readonly ordinal: number } | undefined
  /** Of the last batch that is gone, and may be written. */
  #lastDoubt = -1
  /** What is void, and what comes new, needs another identity. */
  #isSpent = false
  /** The one before, which nothing more is numbered with. */
  #spent: ProducerIdentity | undefined

  constructor(isIdempotent: boolean) {
    this.#isIdempotent = isIdempotent
  }

  /**
   * A broker that knows nothing of a producer takes whatever sequence comes first: were the first
   * batch refused, the second would be taken before it.
   */
  get mostInFlight(): number {
    return this.#isKnown || !this.#isIdempotent ? REMEMBERED_BATCHES : 1
  }

  /** The identity cannot go on; `rewound` is to be called when nothing is under way. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  /** @param oldest of those without an end: a broker must not forget it before that */
  mayNumber(oldest: ProduceBatch | undefined): boolean {
    if (!this.#isIdempotent || oldest === undefined) return true
    return this.#ordinal - oldest.ordinal < REMEMBERED_BATCHES
  }

  /** Whether it can be sent as it is. */
  isNumbered(batch: ProduceBatch): boolean {
    return !this.#isIdempotent || (!batch.isVoid && batch.identity === this.#identity)
  }

  /**
   * @param isIdle nothing is under way: what has sequences of another identity is settled first
   * @returns whether batches may be numbered now
   */
  adopt(identity: ProducerIdentity | undefined, isIdle: boolean): boolean {
    if (!this.#isIdempotent) return true
    if (identity === undefined || identity === this.#spent || this.#isSpent) return false
    if (identity === this.#identity) return true
    if (!isIdle) return false
    this.#identity = identity
    this.#isKnown = false
    this.#next = 0
    return true
  }

  number(batch: ProduceBatch): void {
    if (!this.#isIdempotent) return
    batch.resequence(this.#identity, this.#next)
    this.#next = sequenceAfter(this.#next, batch.recordsCount)
    batch.ordinal = this.#ordinal
    this.#ordinal += 1
  }

  /** A broker has it. */
  acknowledged(batch: ProduceBatch): void {
    if (!this.#isIdempotent) return
    this.#isKnown = batch.identity === this.#identity
    // behind a gap: the broker has forgotten what it knew
    if (batch.isVoid) this.#isSpent = true
  }

  /**
   * It is gone: it was given up, or cut up.
   * @param behind all that were numbered after it
   * @returns whether that leaves a gap
   */
  gone(batch: ProduceBatch, behind: readonly ProduceBatch[]): boolean {
    if (!this.#isIdempotent) return false
    const { baseSequence: sequence, ordinal, mayBeWritten, isVoid } = batch
    if (mayBeWritten) {
      this.#lastDoubt = Math.max(this.#lastDoubt, ordinal)
      return false
    }
    // the first gap is what counts
    if (!isVoid) this.#gap = { sequence, ordinal }
    for (const one of behind) one.isVoid = true
    return true
  }

  /** The broker does not know what comes before it, which is not written. */
  unknown(batch: ProduceBatch, behind: readonly ProduceBatch[]): void {
    this.gone(batch, [batch, ...behind])
    this.#isSpent = true
  }

  /**
   * Nothing is under way.
   * @param again to be sent again, in their order
   * @returns the identity that cannot go on, when it has nothing more to do
   */
  rewound(again: readonly ProduceBatch[]): ProducerIdentity | undefined {
    const firstVoid = again.findIndex(({ isVoid }) => isVoid)
    const kept = firstVoid < 0 ? again.length : firstVoid
    if (this.#gap !== undefined) {
      this.#renumber(again.slice(kept), this.#gap)
      this.#gap = undefined
    }
    if (!this.#isSpent || kept > 0) return undefined
    this.#spent = this.#identity
    this.#identity = undefined
    this.#isKnown = false
    this.#isSpent = false
    return this.#spent
  }

  #renumber(
    batches: readonly ProduceBatch[],
    { sequence, ordinal }: { readonly sequence: number; readonly ordinal: number },
  ): void {
    this.#next = sequence
    const isDoubtful = this.#lastDoubt > ordinal
    if (isDoubtful || batches.some(({ mayBeWritten }) => mayBeWritten)) this.#isSpent = true
    for (const batch of batches) batch.mayBeWritten = false
    if (!this.#isSpent) for (const batch of batches) this.number(batch)
  }
}
