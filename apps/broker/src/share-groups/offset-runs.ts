import { assert } from '@pafka/base'

import { type DeliveryState, isFinal } from './delivery-state.ts'

/** Why records are given up. */
export type GivenUp = 'rejected' | 'delivered too often'

/** What offsets become once that is stored. */
export interface NextState {
  readonly state: DeliveryState
  readonly deliveryCount: number
  /** The write that it goes with. */
  readonly change: number
  readonly givenUp: GivenUp | null
}

/** What is known of an offset. Never changed: another takes its place. */
export interface OffsetState {
  readonly state: DeliveryState
  /** How often its record was given out. */
  readonly deliveryCount: number
  /** Who has it; empty unless it is acquired. */
  readonly memberId: string
  /** When the member's time is over, on the monotonic clock; 0 unless it is acquired. */
  readonly dueMs: number
  readonly next: NextState | null
}

/** Offsets of which the same is known. */
export interface OffsetRun {
  readonly firstOffset: number
  /** Inclusive. */
  readonly lastOffset: number
  readonly is: OffsetState
}

/**
 * Offsets from `startOffset` to `endOffset`, as runs of those that are alike: none is left out, no
 * two runs that touch are alike. What is done to whole batches costs nothing by the record.
 */
export class OffsetRuns {
  #runs: OffsetRun[] = []
  #startOffset: number

  constructor(startOffset: number) {
    this.#startOffset = startOffset
  }

  get startOffset(): number {
    return this.#startOffset
  }

  /** Exclusive. */
  get endOffset(): number {
    const last = this.#runs.at(-1)
    return last === undefined ? this.#startOffset : last.lastOffset + 1
  }

  get all(): readonly OffsetRun[] {
    return this.#runs
  }

  /** Those that have an offset of the range, whole. */
  within(firstOffset: number, lastOffset: number): readonly OffsetRun[] {
    const from = this.#indexOf(firstOffset)
    let to = from
    while (to < this.#runs.length && (this.#runs[to]?.firstOffset ?? 0) <= lastOffset) to += 1
    return this.#runs.slice(from, to)
  }

  /** Changes what is known of offsets that are all there, or come right after the last. */
  set(firstOffset: number, lastOffset: number, is: OffsetState): void {
    assert(firstOffset >= this.#startOffset, 'what is before the start is done with')
    assert(firstOffset <= this.endOffset, 'no offset is left out')
    assert(lastOffset >= firstOffset, 'a run is never empty')
    const from = this.#indexOf(firstOffset)
    let to = from
    while (to < this.#runs.length && (this.#runs[to]?.firstOffset ?? 0) <= lastOffset) to += 1
    const first = this.#runs[from]
    const last = this.#runs[to - 1]
    const by: OffsetRun[] = []
    if (first !== undefined && first.firstOffset < firstOffset) {
      by.push({ ...first, lastOffset: firstOffset - 1 })
    }
    by.push({ firstOffset, lastOffset, is })
    if (last !== undefined && to > from && last.lastOffset > lastOffset) {
      by.push({ ...last, firstOffset: lastOffset + 1 })
    }
    this.#replace(from, to, by)
  }

  /** Forgets offsets before this one. */
  dropBefore(offset: number): void {
    if (offset <= this.#startOffset) return
    const from = this.#indexOf(offset)
    const kept = this.#runs.slice(from)
    const [first] = kept
    if (first !== undefined && first.firstOffset < offset) {
      kept[0] = { ...first, firstOffset: offset }
    }
    this.#runs = kept
    this.#startOffset = offset
  }

  /** Forgets what is done with at the start. */
  dropFinal(): void {
    let at = 0
    while (at < this.#runs.length && isDone(this.#runs[at])) at += 1
    if (at === 0) return
    this.#startOffset = (this.#runs[at - 1]?.lastOffset ?? this.#startOffset - 1) + 1
    this.#runs = this.#runs.slice(at)
  }

  /** Index of the run that has the offset, or of the first after it. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#runs[middle]?.lastOffset ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Puts `by` in the place of some runs, as one with its neighbours where they are alike. */
  #replace(from: number, to: number, by: readonly OffsetRun[]): void {
    const before = Math.max(0, from - 1)
    const after = Math.min(this.#runs.length, to + 1)
    const joined: OffsetRun[] = []
    for (const run of [...this.#runs.slice(before, from), ...by, ...this.#runs.slice(to, after)]) {
      const last = joined.at(-1)
      if (last !== undefined && sameState(last.is, run.is)) {
        joined[joined.length - 1] = { ...last, lastOffset: run.lastOffset }
      } else joined.push(run)
    }
    this.#runs.splice(before, after - before, ...joined)
  }
}

function isDone(run: OffsetRun | undefined): boolean {
  return run !== undefined && isFinal(run.is.state) && run.is.next === null
}

function sameState(one: OffsetState, other: OffsetState): boolean {
  return (
    one.state === other.state &&
    one.deliveryCount === other.deliveryCount &&
    one.memberId === other.memberId &&
    one.dueMs === other.dueMs &&
    one.next?.state === other.next?.state &&
    one.next?.deliveryCount === other.next?.deliveryCount &&
    one.next?.change === other.next?.change &&
    one.next?.givenUp === other.next?.givenUp
  )
}
