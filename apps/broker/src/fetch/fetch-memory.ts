import { assert, type Clock, KIB, MIB } from '@pafka/base'

import { FetchShare } from './fetch-share.ts'

/**
 * Most bytes of one answer, whatever the consumer would take: what is read ahead for the next one
 * stays in the processor's cache until it is sent. docs/decisions/0002 has the measurement.
 */
export const ANSWER_BYTES: number = 6 * MIB
/** Records read for answers that have not left; as much again in answers of the smallest size. */
const MEMORY_BYTES = 128 * MIB
/** Of both, for who is known to read fast: those who read nothing never get at it. */
const RESERVE_BYTES = 32 * MIB
/** Everybody gets so much while there is any memory, and one whole batch; quick readers more. */
const LEAST_BYTES = 64 * KIB
const LEAST_QUICK_BYTES = 256 * KIB
/** An answer takes at most this part of what is free, so that much is left for the next. */
const PART_OF_FREE = 1 / 8

/** How much one answer may be, and is expected to be: what there is to read. */
export interface WantedBytes {
  readonly maxBytes: number
  readonly expectedBytes: number
}

/** Who asks for records. */
export interface FetchReader {
  /** The same object for all requests of a connection; aborted when it is gone. */
  readonly signal: AbortSignal
}

/**
 * Memory of the records in fetch answers, shared between the connections that ask. While there is
 * room an answer is large, and ever smaller as the room is used up, so that those who read slowly
 * or not at all hold little each and leave enough for those who go on.
 */
export class FetchMemory {
  readonly #clock: Clock
  readonly #shares = new WeakMap<AbortSignal, FetchShare>()
  #usedBytes = 0
  readonly #waiting: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** True while what is expected to be asked for next may be read as well. */
  get isRoomy(): boolean {
    return this.#usedBytes < MEMORY_BYTES / 2
  }

  /**
   * Room for an answer. Waits while those who do not read hold twice what there is; the server
   * closes them in the end. Ends at once when the connection is gone.
   */
  async lease({ signal }: FetchReader, wanted: WantedBytes): Promise<FetchLease> {
    const share = this.#shareOf(signal)
    while (wanted.expectedBytes > 0 && this.#isFullFor(share) && !signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.#take(share, wanted)
  }

  /** Room for what may be asked for next; undefined where that is not worth its memory. */
  leaseAhead({ signal }: FetchReader, wanted: WantedBytes): FetchLease | undefined {
    const share = this.#shareOf(signal)
    return this.isRoomy && !share.slow ? this.#take(share, wanted) : undefined
  }

  #take(share: FetchShare, { maxBytes, expectedBytes }: WantedBytes): FetchLease {
    const freeBytes = MEMORY_BYTES - (share.quick ? 0 : RESERVE_BYTES) - this.#usedBytes
    const leastBytes = share.quick ? LEAST_QUICK_BYTES : LEAST_BYTES
    const partBytes = Math.max(leastBytes, freeBytes * PART_OF_FREE)
    const mostBytes = Math.floor(Math.min(maxBytes, share.answerBytes, partBytes))
    const lease = new FetchLease(mostBytes, {
      clock: this.#clock,
      changed: (byBytes) => this.#change(byBytes),
      left: (bytes, tookMs) => share.left(bytes, tookMs),
    })
    lease.settle(Math.min(mostBytes, expectedBytes)) // taken now: others ask before it is read
    return lease
  }

  #isFullFor(share: FetchShare): boolean {
    return this.#usedBytes >= 2 * (MEMORY_BYTES - (share.quick ? 0 : RESERVE_BYTES))
  }

  #shareOf(signal: AbortSignal): FetchShare {
    let share = this.#shares.get(signal)
    if (share === undefined) {
      share = new FetchShare({ mostBytes: ANSWER_BYTES, leastBytes: LEAST_BYTES })
      this.#shares.set(signal, share)
      // Whoever waits for a connection that is gone would wait for others.
      signal.addEventListener('abort', () => this.#wake(), { once: true })
    }
    return share
  }

  #change(byBytes: number): void {
    this.#usedBytes += byBytes
    assert(this.#usedBytes >= 0, 'no byte is given back twice')
    if (byBytes < 0) this.#wake()
  }

  /** Each looks again whether there is room for it, in the order they came. */
  #wake(): void {
    if (this.#waiting.length === 0) return
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

interface FetchLeaseOwner {
  readonly clock: Clock
  readonly changed: (byBytes: number) => void
  /** An answer left after so long. */
  readonly left: (bytes: number, tookMs: number) => void
}

/** Room for the records of one answer, from before they are read until they have left. */
export class FetchLease {
  /** What may be read; one batch may be more. */
  readonly mostBytes: number
  readonly #owner: FetchLeaseOwner
  #bytes = 0
  #sendingSinceMs: number | undefined

  constructor(mostBytes: number, owner: FetchLeaseOwner) {
    this.mostBytes = mostBytes
    this.#owner = owner
  }

  /** So much is expected, and then was read. */
  settle(bytes: number): void {
    const byBytes = bytes - this.#bytes
    this.#bytes = bytes
    this.#owner.changed(byBytes)
  }

  /** The answer goes to the connection now. */
  sending(): void {
    this.#sendingSinceMs = this.#owner.clock.monotonicMs()
  }

  /** The records are not referred to any more. Exactly once. */
  release(): void {
    const bytes = this.#bytes
    if (this.#sendingSinceMs !== undefined && bytes > 0) {
      this.#owner.left(bytes, this.#owner.clock.monotonicMs() - this.#sendingSinceMs)
    }
    this.settle(0)
  }
}
