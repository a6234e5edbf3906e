import { ErrorCode } from '@pafka/protocol'

import { type Acquired, acquire, type AcquireRequest, lockedOf } from './acquire-records.ts'
import {
  type AcknowledgementBatch,
  checkAcknowledgement,
  typedRanges,
} from './acknowledge-records.ts'
import { AcknowledgeType, DeliveryState, isFinal, type StateBatch } from './delivery-state.ts'
import {
  type GivenUp,
  type NextState,
  OffsetRuns,
  type OffsetRun,
  type OffsetState,
} from './offset-runs.ts'

/** All that must be stored of a partition. */
export interface PartitionState {
  readonly startOffset: number
  /** In order; what is not in them was never given out, or is a record that a member has. */
  readonly batches: readonly StateBatch[]
  /** Records after the start that are done with. */
  readonly completeCount: number
}

/** Records that are given up. */
export interface GivenUpRange {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
  readonly why: GivenUp
}

const AVAILABLE: OffsetState = {
  state: DeliveryState.AVAILABLE,
  deliveryCount: 0,
  memberId: '',
  dueMs: 0,
  next: null,
}

/**
 * What a share group made of the records of one partition (KIP-932). It does no I/O and has no
 * clock: what changes is first only planned, `takeChange` says what to store for it, and `stored`
 * makes it so. Until then nobody gets the records, and those who said it are not answered.
 */
export class SharePartition {
  readonly #runs: OffsetRuns
  /** The next write. */
  #change = 0
  #hasPlans = false
  #underWay: number | null = null

  constructor({ startOffset, batches }: PartitionState) {
    this.#runs = new OffsetRuns(startOffset)
    for (const { firstOffset, lastOffset, state, deliveryCount } of batches) {
      const first = Math.max(firstOffset, startOffset)
      if (lastOffset < first) continue
      const { endOffset } = this.#runs
      if (first > endOffset) this.#runs.set(endOffset, first - 1, AVAILABLE)
      this.#runs.set(first, lastOffset, { ...AVAILABLE, state, deliveryCount })
    }
    this.#runs.dropFinal()
  }

  /** The first offset that is not done with. */
  get startOffset(): number {
    return this.#runs.startOffset
  }

  /** Nothing from here on was given out yet. */
  get endOffset(): number {
    return this.#runs.endOffset
  }

  get runs(): readonly OffsetRun[] {
    return this.#runs.all
  }

  /** Where to read next; undefined while there is nothing that may be given out. */
  nextOffset(maxLocks: number): number | undefined {
    for (const { firstOffset, is } of this.#runs.all) {
      if (is.state === DeliveryState.AVAILABLE && is.next === null) return firstOffset
    }
    return lockedOf(this.#runs) < maxLocks ? this.endOffset : undefined
  }

  /** Gives records to a member. @returns ranges in order, each of one delivery count */
  acquire(request: AcquireRequest): Acquired[] {
    const acquired = acquire(this.#runs, request)
    this.#runs.dropFinal()
    return acquired
  }

  /**
   * A member says what became of records: of all, or none counts. What is not renewed is `planned`.
   */
  acknowledge(
    memberId: string,
    batches: readonly AcknowledgementBatch[],
    { maxDeliveries, dueMs }: { readonly maxDeliveries: number; readonly dueMs: number },
  ): { readonly errorCode: ErrorCode; readonly planned: boolean } {
    for (const batch of batches) {
      const errorCode = checkAcknowledgement(this.#runs, memberId, batch)
      if (errorCode !== ErrorCode.NONE) return { errorCode, planned: false }
    }
    let planned = false
    for (const batch of batches) {
      for (const { firstOffset, lastOffset, type } of typedRanges(batch, this.startOffset)) {
        this.#each(firstOffset, lastOffset, (is) => {
          if (type === AcknowledgeType.RENEW) return { ...is, dueMs }
          planned = true
          return { ...is, next: this.#next(type, is, maxDeliveries) }
        })
      }
    }
    return { errorCode: ErrorCode.NONE, planned }
  }

  /** The member is gone: it never looked at what it has. @returns whether it has anything */
  release(memberId: string): boolean {
    return this.#planEach(
      (is) => is.memberId === memberId,
      ({ deliveryCount }) => ({
        state: DeliveryState.AVAILABLE,
        deliveryCount: Math.max(deliveryCount - 1, 0),
        change: this.#change,
        givenUp: null,
      }),
    )
  }

  /** Takes back what members have had for too long. @returns whether there is anything */
  expire(nowMs: number, maxDeliveries: number): boolean {
    return this.#planEach(
      (is) => is.dueMs <= nowMs,
      (is) => this.#next(AcknowledgeType.RELEASE, is, maxDeliveries),
    )
  }

  /** When the first lock ends; undefined while there is none. */
  get nextDueMs(): number | undefined {
    let dueMs: number | undefined
    for (const { is } of this.#runs.all) {
      const counts = is.state === DeliveryState.ACQUIRED && is.next === null
      if (counts && (dueMs === undefined || is.dueMs < dueMs)) dueMs = is.dueMs
    }
    return dueMs
  }

  /** Records before `offset` are not there any more. @returns whether that is news */
  startRaised(offset: number): boolean {
    if (offset <= this.startOffset) return false
    this.#runs.dropBefore(offset)
    this.#runs.dropFinal()
    this.#hasPlans = true
    return true
  }

  /** What to store, with all that is planned; undefined when nothing is, or while one is stored. */
  takeChange(): PartitionState | undefined {
    if (this.#underWay !== null || !this.#hasPlans) return undefined
    this.#underWay = this.#change
    this.#change += 1
    this.#hasPlans = false
    return this.#stateWith(this.#underWay)
  }

  /** What the write under way gives up: nobody will be given it again. */
  givenUp(): GivenUpRange[] {
    const ranges: GivenUpRange[] = []
    for (const { firstOffset, lastOffset, is } of this.#runs.all) {
      const { next, deliveryCount } = is
      if (next === null || next.change !== this.#underWay || next.givenUp === null) continue
      ranges.push({ firstOffset, lastOffset, deliveryCount, why: next.givenUp })
    }
    return ranges
  }

  /** The write under way has ended. What could not be stored did not happen. */
  stored(isStored: boolean): void {
    const change = this.#underWay
    this.#underWay = null
    for (const { firstOffset, lastOffset, is } of [...this.#runs.all]) {
      const { next } = is
      if (next === null || next.change !== change) continue
      const { state, deliveryCount } = next
      const after = isStored ? { ...AVAILABLE, state, deliveryCount } : { ...is, next: null }
      this.#runs.set(firstOffset, lastOffset, after)
    }
    this.#runs.dropFinal()
  }

  /** As it is stored now, if nothing that is planned is. */
  state(): PartitionState {
    return this.#stateWith(-1)
  }

  #stateWith(change: number): PartitionState {
    const runs = new OffsetRuns(this.startOffset)
    for (const { firstOffset, lastOffset, is } of this.#runs.all) {
      runs.set(firstOffset, lastOffset, storedState(is, change))
    }
    runs.dropFinal()
    const batches: StateBatch[] = []
    let completeCount = 0
    for (const { firstOffset, lastOffset, is } of runs.all) {
      const { state, deliveryCount } = is
      if (isFinal(state)) completeCount += lastOffset - firstOffset + 1
      else if (deliveryCount === 0) continue
      batches.push({ firstOffset, lastOffset, state, deliveryCount })
    }
    return { startOffset: runs.startOffset, batches, completeCount }
  }

  #next(type: AcknowledgeType, is: OffsetState, maxDeliveries: number): NextState {
    this.#hasPlans = true
    const { deliveryCount } = is
    const state = stateAfter(type, is, maxDeliveries)
    const isGivenUp = state === DeliveryState.ARCHIVED && type !== AcknowledgeType.GAP
    const why = type === AcknowledgeType.REJECT ? 'rejected' : 'delivered too often'
    return { state, deliveryCount, change: this.#change, givenUp: isGivenUp ? why : null }
  }

  #planEach(isMeant: (is: OffsetState) => boolean, plan: (is: OffsetState) => NextState): boolean {
    let found = false
    for (const { firstOffset, lastOffset, is } of [...this.#runs.all]) {
      if (is.state !== DeliveryState.ACQUIRED || is.next !== null || !isMeant(is)) continue
      found = true
      this.#hasPlans = true
      this.#runs.set(firstOffset, lastOffset, { ...is, next: plan(is) })
    }
    return found
  }

  #each(firstOffset: number, lastOffset: number, change: (is: OffsetState) => OffsetState): void {
    for (const run of this.#runs.within(firstOffset, lastOffset)) {
      const first = Math.max(firstOffset, run.firstOffset)
      this.#runs.set(first, Math.min(lastOffset, run.lastOffset), change(run.is))
    }
  }
}

/** What a record that a member has becomes by what is said of it. */
function stateAfter(
  type: AcknowledgeType,
  { deliveryCount }: OffsetState,
  maxDeliveries: number,
): DeliveryState {
  if (type === AcknowledgeType.ACCEPT) return DeliveryState.ACKNOWLEDGED
  const isReleased = type === AcknowledgeType.RELEASE && deliveryCount < maxDeliveries
  return isReleased ? DeliveryState.AVAILABLE : DeliveryState.ARCHIVED
}

/** A lock is not stored: to who reads it, the record was not given out this last time. */
function storedState(is: OffsetState, change: number): OffsetState {
  const { state, deliveryCount, next } = is
  if (next !== null && next.change === change) {
    return { ...AVAILABLE, state: next.state, deliveryCount: next.deliveryCount }
  }
  if (state !== DeliveryState.ACQUIRED) return { ...AVAILABLE, state, deliveryCount }
  return { ...AVAILABLE, deliveryCount: deliveryCount - 1 }
}
