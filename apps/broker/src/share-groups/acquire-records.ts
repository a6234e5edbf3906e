import { DeliveryState } from './delivery-state.ts'
import type { OffsetRuns, OffsetState } from './offset-runs.ts'

/** What was read of a record batch: all but its records. */
export interface ReadBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  /** It has no record for members: a marker, or of a transaction that was aborted. */
  readonly isEmpty: boolean
}

export interface AcquireRequest {
  readonly memberId: string
  /** Where reading began. */
  readonly fromOffset: number
  /** In order, the first with `fromOffset` or after it. */
  readonly batches: readonly ReadBatch[]
  readonly maxRecords: number
  /** A range ends with the record batch with which it has so many records. */
  readonly batchSize: number
  /** Never more than `maxRecords`; else the record batch that reaches them comes whole. */
  readonly isStrict: boolean
  readonly maxLocks: number
  readonly maxDeliveries: number
  /** When the locks end. */
  readonly dueMs: number
}

/** Records that a member was given. */
export interface Acquired {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

const ARCHIVED: OffsetState = {
  state: DeliveryState.ARCHIVED,
  deliveryCount: 0,
  memberId: '',
  dueMs: 0,
  next: null,
}

/**
 * Gives what is available of the batches to a member. Offsets that the log was found not to have
 * are archived on the way.
 */
export function acquire(runs: OffsetRuns, request: AcquireRequest): Acquired[] {
  const draft = new Draft(runs, request)
  let nextOffset = request.fromOffset
  for (const { baseOffset, lastOffset, isEmpty } of request.batches) {
    if (draft.isFull) break
    if (lastOffset < nextOffset) continue
    if (baseOffset > nextOffset) archive(runs, nextOffset, baseOffset - 1)
    const firstOffset = Math.max(baseOffset, nextOffset)
    if (isEmpty) archive(runs, firstOffset, lastOffset)
    else if (firstOffset <= runs.endOffset) draft.take(firstOffset, lastOffset)
    nextOffset = lastOffset + 1
    draft.batchEnds()
  }
  return draft.finish()
}

/** There is nothing to deliver: what members have or said of it stays as it is. */
function archive(runs: OffsetRuns, firstOffset: number, lastOffset: number): void {
  for (const run of runs.within(firstOffset, lastOffset)) {
    if (run.is.state !== DeliveryState.AVAILABLE || run.is.next !== null) continue
    const first = Math.max(firstOffset, run.firstOffset)
    runs.set(first, Math.min(lastOffset, run.lastOffset), ARCHIVED)
  }
  const { endOffset } = runs
  if (lastOffset >= endOffset && firstOffset <= endOffset) runs.set(endOffset, lastOffset, ARCHIVED)
}

/** Records that count for the limit of locks: all that are not archived. */
export function lockedOf(runs: OffsetRuns): number {
  let count = 0
  for (const { firstOffset, lastOffset, is } of runs.all) {
    if (is.state !== DeliveryState.ARCHIVED) count += lastOffset - firstOffset + 1
  }
  return count
}

class Draft {
  readonly #runs: OffsetRuns
  readonly #request: AcquireRequest
  /** A record that was given out often comes in ever smaller company, in the end alone. */
  readonly #wearyCount: number
  readonly #acquired: Acquired[] = []
  #left: number
  /** Of records that were not given out before. */
  #leftNew: number
  #mayEnd = false

  constructor(runs: OffsetRuns, request: AcquireRequest) {
    this.#runs = runs
    this.#request = request
    this.#left = request.maxRecords
    this.#wearyCount = Math.max(2, Math.ceil(request.maxDeliveries / 2))
    this.#leftNew = request.maxLocks - lockedOf(runs)
  }

  get isFull(): boolean {
    return this.#left <= 0
  }

  take(firstOffset: number, lastOffset: number): void {
    for (const run of this.#runs.within(firstOffset, lastOffset)) {
      if (this.isFull) return
      if (run.is.state !== DeliveryState.AVAILABLE || run.is.next !== null) continue
      const first = Math.max(firstOffset, run.firstOffset)
      this.#takeAgain(first, Math.min(lastOffset, run.lastOffset), run.is.deliveryCount)
    }
    const first = Math.max(firstOffset, this.#runs.endOffset)
    if (first > lastOffset || this.isFull || this.#leftNew <= 0) return
    const most = Math.min(this.#left, this.#leftNew)
    const last = this.#request.isStrict ? Math.min(lastOffset, first + most - 1) : lastOffset
    this.#leftNew -= last - first + 1
    this.#give(first, last, 0)
  }

  /** A range that is long enough ends with it. */
  batchEnds(): void {
    this.#mayEnd = true
  }

  finish(): Acquired[] {
    return this.#acquired
  }

  #takeAgain(firstOffset: number, lastOffset: number, deliveryCount: number): void {
    const { isStrict, maxDeliveries } = this.#request
    let last = isStrict ? Math.min(lastOffset, firstOffset + this.#left - 1) : lastOffset
    if (deliveryCount >= this.#wearyCount) {
      // others wait for the next request
      if (this.#acquired.length > 0) {
        this.#left = 0
        return
      }
      const isLastTime = maxDeliveries > 2 && deliveryCount >= maxDeliveries - 1
      const halvings = isLastTime ? 31 : deliveryCount - this.#wearyCount + 1
      const most = Math.max(1, Math.floor((last - firstOffset + 1) / 2 ** halvings))
      last = Math.min(last, firstOffset + most - 1)
      this.#give(firstOffset, last, deliveryCount)
      this.#left = 0
      return
    }
    this.#give(firstOffset, last, deliveryCount)
  }

  #give(firstOffset: number, lastOffset: number, before: number): void {
    const { memberId, dueMs, batchSize, isStrict } = this.#request
    const deliveryCount = before + 1
    const state = DeliveryState.ACQUIRED
    this.#runs.set(firstOffset, lastOffset, { state, deliveryCount, memberId, dueMs, next: null })
    this.#left -= lastOffset - firstOffset + 1
    const open = this.#acquired.at(-1)
    const goesOn =
      open !== undefined &&
      open.lastOffset + 1 === firstOffset &&
      open.deliveryCount === deliveryCount &&
      (isStrict || !this.#mayEnd || firstOffset - open.firstOffset < batchSize)
    this.#mayEnd = false
    if (goesOn) this.#acquired[this.#acquired.length - 1] = { ...open, lastOffset }
    else this.#acquired.push({ firstOffset, lastOffset, deliveryCount })
  }
}
