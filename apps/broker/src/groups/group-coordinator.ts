import type { Clock, Logger } from '@pafka/base'
import type { MarkerType } from '@pafka/log'
import { ErrorCode, randomUuid } from '@pafka/protocol'

import { ClassicGroup } from './classic-group.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import {
  type FetchAnswer,
  type GroupList,
  type LeaveAnswer,
  type OffsetDeletion,
  refused,
  refusedDeletion,
  refusedFetch,
  refusedHeartbeat,
  refusedLeave,
  refusedSync,
} from './coordinator-answers.ts'
import { type JoinAnswer, joinError, type SyncAnswer, syncError } from './group-answer.ts'
import { GroupReplay, type LoadTarget } from './group-replay.ts'
import { groupFromRecord, groupToRecord } from './group-record.ts'
import { describeGroup, type GroupDescription, type GroupFilter, listGroups } from './group-view.ts'
import type { GroupWorld, StorableGroup } from './group-world.ts'
import { joinGroup, type JoinRequest } from './join-group.ts'
import { leaveGroup, type LeavingMember } from './leave-group.ts'
import { checkCommit, heartbeat, type MemberClaim } from './member-checks.ts'
import { OffsetSweep } from './offset-sweep.ts'
import { OFFSETS_TOPIC } from './offsets-topic.ts'
import {
  OffsetManager,
  type OffsetToCommit,
  type TransactionalCommitter,
  type WantedOffsets,
} from './offset-manager.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import { PartitionLoader } from '../coordinator-log/partition-loader.ts'
import { type CoordinatorLog, partitionOfKey } from '../coordinator-log/coordinator-log.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'
import { syncGroup, type SyncRequest } from './sync-group.ts'

export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: CoordinatorLog
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size` */
  readonly maxGroupSize: number
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number
  /** `offset.metadata.max.bytes` */
  readonly maxOffsetMetadataLength: number
  /** `offsets.retention.minutes`, in ms */
  readonly offsetsRetentionMs: number
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number
  /** The random part of member ids; a uuid when absent. */
  readonly randomId?: (() => string) | undefined
}

export interface OffsetCommit extends MemberClaim {
  readonly offsets: readonly OffsetToCommit[]
  /** -1: the broker's. Only clients from before 2.1 ask. */
  readonly retentionMs: number
  /** The client knows GROUP_ID_NOT_FOUND (v9); else it is told ILLEGAL_GENERATION. */
  readonly knowsGroupNotFound: boolean
}

/** At once when nothing has to be waited for. */
export type Answered<T> = T | Promise<T>

/**
 * The coordinator of all classic groups of this broker, and of their offsets. What it answers for
 * is in its `CoordinatorLog` first. Requests of a group wait while its partition is being read.
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #groups = new Map<string, ClassicGroup>()
  readonly #deadlines: DeadlineQueue
  readonly #offsets: OffsetManager
  readonly #world: GroupWorld
  #loader: PartitionLoader | null = null
  readonly #sweep: OffsetSweep
  #isStopped = false

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
    const { clock, logger, log } = options
    this.#deadlines = new DeadlineQueue(clock)
    this.#offsets = new OffsetManager({
      clock,
      log,
      maxMetadataLength: options.maxOffsetMetadataLength,
    })
    this.#sweep = new OffsetSweep({
      clock,
      logger,
      offsets: this.#offsets,
      retentionMs: options.offsetsRetentionMs,
      intervalMs: options.offsetsRetentionCheckIntervalMs,
      groups: () => this.#loadedGroups(),
      deleteGroup: (group) => void this.#delete(group),
    })
    this.#world = {
      clock,
      logger,
      deadlines: this.#deadlines,
      initialRebalanceDelayMs: options.initialRebalanceDelayMs,
      maxSize: options.maxGroupSize,
      randomId: options.randomId ?? randomUuid,
      store: (group, assignments, stored) => this.#store(group, assignments, stored),
    }
  }

  /** Begins to read what the log holds; requests are taken from now on. */
  start(): void {
    const { clock, logger, log } = this.#options
    this.#loader = new PartitionLoader({
      clock,
      logger,
      log,
      what: 'offsets',
      replayOf: (partition) => new GroupReplay(this.#targetOf(partition)),
    })
    void this.#loader.loadAll()
    this.#sweep.start()
  }

  /** Everybody who waits is sent to look for the coordinator again; nothing is served after. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#sweep.stop()
    for (const group of this.#groups.values()) group.die(ErrorCode.NOT_COORDINATOR)
    this.#groups.clear()
    this.#deadlines.clear()
  }

  /** Creates the topic that groups are kept in, as FindCoordinator does. */
  ensureReady(): Promise<ErrorCode> {
    if (this.#isStopped) return Promise.resolve(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    return this.#options.log.ensureCreated()
  }

  join(groupId: string, request: JoinRequest): Answered<JoinAnswer> {
    const refuse = (errorCode: ErrorCode): JoinAnswer => joinError(request.memberId, errorCode)
    if (groupId === '') return refuse(ErrorCode.INVALID_GROUP_ID)
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options
    const { sessionTimeoutMs } = request
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return refuse(ErrorCode.INVALID_SESSION_TIMEOUT)
    }
    return this.#whenReady(groupId, refuse, () => {
      const group = request.memberId === '' ? this.#groupFor(groupId) : this.#groups.get(groupId)
      if (group === undefined) return refuse(ErrorCode.UNKNOWN_MEMBER_ID)
      return new Promise((resolve) => joinGroup(group, request, resolve))
    })
  }

  sync(groupId: string, request: SyncRequest): Answered<SyncAnswer> {
    if (groupId === '') return syncError(ErrorCode.INVALID_GROUP_ID)
    return this.#whenReady(groupId, refusedSync, () => {
      const group = this.#groups.get(groupId)
      if (group === undefined) return refusedSync(ErrorCode.UNKNOWN_MEMBER_ID)
      return new Promise((resolve) => syncGroup(group, request, resolve))
    })
  }

  heartbeat(groupId: string, claim: MemberClaim): Answered<ErrorCode> {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID
    return this.#whenReady(groupId, refusedHeartbeat, () => {
      const group = this.#groups.get(groupId)
      return group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : heartbeat(group, claim)
    })
  }

  leave(groupId: string, members: readonly LeavingMember[]): Answered<LeaveAnswer> {
    if (groupId === '') return refusedLeave(ErrorCode.INVALID_GROUP_ID)
    return this.#whenReady(groupId, refusedLeave, () => {
      const group = this.#groups.get(groupId)
      const memberErrors =
        group === undefined
          ? members.map(() => ErrorCode.UNKNOWN_MEMBER_ID)
          : leaveGroup(group, members)
      return { errorCode: ErrorCode.NONE, memberErrors }
    })
  }

  /** @returns one code per offset, in order, once the log has them */
  commitOffsets(groupId: string, commit: OffsetCommit): Answered<readonly ErrorCode[]> {
    const { offsets, retentionMs } = commit
    return this.#whenMayCommit(groupId, commit, false, () =>
      this.#offsets.commit(groupId, offsets, retentionMs),
    )
  }

  /** As `commitOffsets`; they count when the transaction of `writer` is committed. */
  commitInTransaction(
    groupId: string,
    commit: OffsetCommit,
    writer: TransactionalCommitter,
  ): Answered<readonly ErrorCode[]> {
    return this.#whenMayCommit(groupId, commit, true, () =>
      this.#offsets.commitInTransaction(groupId, commit.offsets, writer),
    )
  }

  /** The marker of a producer's transaction is in a partition, of this coordinator's or not. */
  transactionEnded(
    { topic, partition }: TopicPartition,
    producerId: number,
    how: MarkerType,
  ): void {
    if (topic !== OFFSETS_TOPIC) return
    const end = (): void => this.#offsets.transactions.ended(partition, producerId, how)
    if (this.#loader === null) end()
    else this.#loader.whenLoaded(partition, end) // its reading may not come to that place
  }

  /** The partition that keeps a group. */
  placeOf(groupId: string): TopicPartition {
    return { topic: OFFSETS_TOPIC, partition: this.#offsets.partitionOf(groupId) }
  }

  /** Of a group that is not known every offset is -1. @param wanted null is all there are */
  fetchOffsets(
    groupId: string,
    wanted: readonly WantedOffsets[] | null,
    requireStable = false,
  ): Answered<FetchAnswer> {
    return this.#whenReady(groupId, refusedFetch, () => ({
      errorCode: ErrorCode.NONE,
      topics: this.#offsets.fetch(groupId, wanted, requireStable),
    }))
  }

  /** @returns a code instead, GROUP_ID_NOT_FOUND for a group that is not known */
  describe(groupId: string): Answered<GroupDescription | ErrorCode> {
    return this.#whenReady<GroupDescription | ErrorCode>(groupId, refused, () => {
      const group = this.#groups.get(groupId)
      return group === undefined ? ErrorCode.GROUP_ID_NOT_FOUND : describeGroup(group)
    })
  }

  async list(filter: GroupFilter): Promise<GroupList> {
    const loader = this.#loader
    if (loader === null) return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groups: [] }
    const isLoaded = loader.isAllLoaded || (await loader.allReady())
    const errorCode = isLoaded ? ErrorCode.NONE : ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    return { errorCode, groups: listGroups(this.#groups.values(), filter) }
  }

  /** Deletes the group and all its offsets. Only one that nobody is in can go. */
  deleteGroup(groupId: string): Answered<ErrorCode> {
    return this.#whenReady(groupId, refused, () => {
      const group = this.#groups.get(groupId)
      if (group === undefined) return ErrorCode.GROUP_ID_NOT_FOUND
      return group.state === 'Empty' ? this.#delete(group) : ErrorCode.NON_EMPTY_GROUP
    })
  }

  deleteOffsets(groupId: string, places: readonly TopicPartition[]): Answered<OffsetDeletion> {
    if (groupId === '') return refusedDeletion(ErrorCode.INVALID_GROUP_ID)
    return this.#whenReady(groupId, refusedDeletion, async () => {
      const group = this.#groups.get(groupId)
      if (group === undefined) return refusedDeletion(ErrorCode.GROUP_ID_NOT_FOUND)
      // What members of another kind of group use is not known.
      if (group.state !== 'Empty' && !group.isConsumerGroup) {
        return refusedDeletion(ErrorCode.NON_EMPTY_GROUP)
      }
      const placeErrors = places.map(({ topic }) =>
        group.isSubscribedTo(topic) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE,
      )
      const doomed = places.filter(({ topic, partition }, index) => {
        if (placeErrors[index] !== ErrorCode.NONE) return false
        return this.#offsets.store.get(groupId)?.get(topic, partition) !== undefined
      })
      const errorCode = await this.#offsets.remove(groupId, doomed)
      return errorCode === ErrorCode.NONE ? { errorCode, placeErrors } : refusedDeletion(errorCode)
    })
  }

  /** Offsets of topics that are gone are of no use, and wrong for a new topic of that name. */
  async topicsDeleted(topics: readonly string[]): Promise<void> {
    if (this.#loader?.isAllLoaded === false) await this.#loader.allReady()
    const gone = new Set(topics)
    const removals = [...this.#offsets.store.groupIds()].map((groupId) => {
      const places = this.#offsets.placesOf(groupId, (topic) => gone.has(topic))
      return this.#offsets.remove(groupId, places)
    })
    await Promise.all(removals)
  }

  #targetOf(partition: number): LoadTarget {
    const { store, transactions } = this.#offsets
    return {
      offset: (groupId, place, committed) => {
        if (committed === null) store.remove(groupId, place)
        else store.set(groupId, place, committed)
      },
      transactionalOffset: (producerId, groupId, place, committed) => {
        store.beginInTransaction(groupId, place)
        transactions.written(partition, producerId, { groupId, place, committed })
      },
      ended: (producerId, how) => transactions.ended(partition, producerId, how),
      group: (groupId, stored) => {
        this.#groups.set(groupId, groupFromRecord(groupId, stored, this.#world))
      },
      offsetsRead: (groupId) => {
        if (store.get(groupId) !== undefined) this.#groupFor(groupId)
      },
    }
  }

  /** Answers at once, or when the group's partition has been read. */
  #whenReady<T>(
    groupId: string,
    refuse: (errorCode: ErrorCode) => T,
    answer: () => Answered<T>,
  ): Answered<T> {
    const loader = this.#loader
    if (loader === null || this.#isStopped) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    const partition = partitionOfKey(groupId, this.#options.log.partitionCount)
    if (loader.isLoaded(partition)) return answer()
    return loader.ready(partition).then((errorCode) => {
      if (this.#isStopped) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE)
      return errorCode === ErrorCode.NONE ? answer() : refuse(errorCode)
    })
  }

  #whenMayCommit(
    groupId: string,
    commit: OffsetCommit,
    isTransactional: boolean,
    work: () => Promise<readonly ErrorCode[]>,
  ): Answered<readonly ErrorCode[]> {
    const refuse = (errorCode: ErrorCode): readonly ErrorCode[] =>
      commit.offsets.map(() => errorCode)
    return this.#whenReady(groupId, refuse, () => {
      let group = this.#groups.get(groupId)
      if (group === undefined) {
        const { generationId, knowsGroupNotFound } = commit
        if (generationId >= 0) {
          return refuse(
            knowsGroupNotFound ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION,
          )
        }
        // It assigns partitions by itself, and only keeps offsets here.
        group = this.#groupFor(groupId)
      }
      const errorCode = checkCommit(group, commit, isTransactional)
      return errorCode === ErrorCode.NONE ? work() : refuse(errorCode)
    })
  }

  #groupFor(groupId: string): ClassicGroup {
    let group = this.#groups.get(groupId)
    if (group === undefined) {
      group = new ClassicGroup(groupId, this.#world)
      this.#groups.set(groupId, group)
    }
    return group
  }

  #store(
    group: StorableGroup,
    assignments: ReadonlyMap<string, Uint8Array>,
    stored: (errorCode: ErrorCode) => void,
  ): void {
    const encoder = new OffsetsRecordEncoder()
    encoder.group(group.groupId, groupToRecord(group, assignments))
    const partition = partitionOfKey(group.groupId, this.#options.log.partitionCount)
    this.#options.log.append(partition, encoder.finish(), stored)
  }

  /** Takes the group out at once; who comes meanwhile founds a new one. */
  async #delete(group: ClassicGroup): Promise<ErrorCode> {
    const { groupId } = group
    group.die(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    this.#groups.delete(groupId)
    const places = this.#offsets.placesOf(groupId)
    const errorCode = await this.#offsets.remove(groupId, places, true)
    // Its offsets are still there: so must be a group that they belong to.
    if (errorCode !== ErrorCode.NONE && places.length > 0) this.#groupFor(groupId)
    return errorCode
  }

  /** Those whose offsets were read. */
  #loadedGroups(): ClassicGroup[] {
    return [...this.#groups.values()].filter(
      ({ groupId }) => this.#loader?.isLoaded(this.#offsets.partitionOf(groupId)) === true,
    )
  }
}
