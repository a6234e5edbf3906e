import type { Clock } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import { Deadline, type DeadlineQueue } from '../groups/deadline-queue.ts'
import { errorOfFailedAppend } from '../coordinator-log/failed-append.ts'
import type { Acquired, AcquireRequest } from './acquire-records.ts'
import type { AcknowledgementBatch } from './acknowledge-records.ts'
import type { OffsetRun } from './offset-runs.ts'
import type { GivenUpRange, PartitionState, SharePartition } from './share-partition.ts'
import type { SharePlace } from './share-state-record.ts'
import type { ShareGroupSettings } from './share-world.ts'

/** After a write that failed, locks that are over are looked at again so much later. */
const RETRY_MS = 1000

interface LiveSharePartitionOptions {
  readonly place: SharePlace
  readonly partition: SharePartition
  readonly log: PartitionLog
  readonly clock: Clock
  readonly deadlines: DeadlineQueue
  readonly settings: () => ShareGroupSettings
  readonly store: (state: PartitionState) => Promise<ErrorCode>
  /** Keeps elsewhere what nobody will be given again, as far as that can be done. */
  readonly bury: (dead: readonly GivenUpRange[]) => Promise<void>
}

/** Records to give to a member. */
export type WantedRecords = Omit<AcquireRequest, 'maxLocks' | 'maxDeliveries' | 'dueMs'>

/**
 * A share partition with its timer and its writes. One write is under way at a time, with all that
 * came meanwhile in the next, so that many who say something at once cost one.
 */
export class LiveSharePartition {
  readonly place: SharePlace
  readonly log: PartitionLog
  /** Somebody reads for it: what others would read is the same. */
  isRead = false
  readonly #options: LiveSharePartitionOptions
  readonly #partition: SharePartition
  readonly #locks: Deadline
  readonly #watchers = new Set<() => void>()
  /** Who waits for what is planned to be stored. */
  readonly #waiting: ((errorCode: ErrorCode) => void)[] = []
  #isClosed = false

  constructor(options: LiveSharePartitionOptions) {
    this.#options = options
    this.place = options.place
    this.log = options.log
    this.#partition = options.partition
    this.#locks = new Deadline(() => this.#expire())
  }

  get startOffset(): number {
    return this.#partition.startOffset
  }

  get runs(): readonly OffsetRun[] {
    return this.#partition.runs
  }

  get state(): PartitionState {
    return this.#partition.state()
  }

  /** It is another one that is served now, or none. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether what is to be read next was given out before. */
  isAgain(offset: number): boolean {
    return offset < this.#partition.endOffset
  }

  /** Where to read next; undefined while there is nothing that may be given out. */
  nextOffset(): number | undefined {
    if (this.#isClosed || this.isRead) return undefined
    if (this.#partition.startRaised(this.log.logStartOffset)) this.#store()
    return this.#partition.nextOffset(this.#options.settings().maxLocks)
  }

  acquire(wanted: WantedRecords): Acquired[] {
    const { lockMs, maxDeliveries, maxLocks } = this.#options.settings()
    const dueMs = this.#options.clock.monotonicMs() + lockMs
    const acquired = this.#partition.acquire({ ...wanted, maxLocks, maxDeliveries, dueMs })
    this.#arm()
    return acquired
  }

  /** Ends when what the member said is durable, or is refused. */
  acknowledge(memberId: string, batches: readonly AcknowledgementBatch[]): Promise<ErrorCode> {
    if (this.#isClosed) return Promise.resolve(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const { lockMs, maxDeliveries } = this.#options.settings()
    const dueMs = this.#options.clock.monotonicMs() + lockMs
    const outcome = this.#partition.acknowledge(memberId, batches, { maxDeliveries, dueMs })
    this.#arm()
    if (!outcome.planned) return Promise.resolve(outcome.errorCode)
    return this.#stored()
  }

  /** The member is gone: others get what it has. */
  release(memberId: string): Promise<ErrorCode> {
    if (this.#isClosed || !this.#partition.release(memberId)) {
      return Promise.resolve(ErrorCode.NONE)
    }
    return this.#stored()
  }

  /** Nothing is given out any more, and nobody waits. */
  close(): void {
    this.#isClosed = true
    this.#options.deadlines.cancel(this.#locks)
    this.#tell(this.#waiting.splice(0), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    this.changed()
  }

  /** Calls back when there may be more to give out. @returns what ends that */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #stored(): Promise<ErrorCode> {
    const { promise, resolve } = Promise.withResolvers<ErrorCode>()
    this.#waiting.push(resolve)
    this.#store()
    return promise
  }

  #store(): void {
    if (this.#isClosed) return
    const change = this.#partition.takeChange()
    if (change === undefined) return
    const waiting = this.#waiting.splice(0)
    void this.#keep(change).then((errorCode) => {
      const isStored = errorCode === ErrorCode.NONE
      this.#partition.stored(isStored)
      this.#tell(waiting, isStored ? errorCode : errorOfFailedAppend(errorCode))
      if (this.#isClosed) return
      this.#store()
      this.#arm(isStored ? 0 : RETRY_MS)
      this.changed()
    })
  }

  /** What is given up is elsewhere before it is gone here: rather twice than not at all. */
  async #keep(change: PartitionState): Promise<ErrorCode> {
    const dead = this.#partition.givenUp()
    if (dead.length > 0) await this.#options.bury(dead)
    return this.#options.store(change)
  }

  #tell(waiting: readonly ((errorCode: ErrorCode) => void)[], errorCode: ErrorCode): void {
    for (const tell of waiting) tell(errorCode)
  }

  #expire(): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#partition.expire(nowMs, this.#options.settings().maxDeliveries)) this.#store()
    this.#arm()
  }

  #arm(leastMs = 0): void {
    const dueMs = this.#partition.nextDueMs
    const { deadlines, clock } = this.#options
    if (dueMs === undefined) deadlines.cancel(this.#locks)
    else deadlines.set(this.#locks, Math.max(dueMs - clock.monotonicMs(), leastMs))
  }
}
