import type { MarkerType } from '@pafka/log'
import { ErrorCode, randomUuid } from '@pafka/protocol'

import type { HeartbeatAnswer, HeartbeatRequest } from '../consumer-groups/consumer-heartbeat.ts'
import { ConsumerGroups } from '../consumer-groups/consumer-groups.ts'
import {
  type ConsumerGroupDescription,
  describeConsumerGroup,
} from '../consumer-groups/describe-consumer-group.ts'
import { LiveGroup } from '../consumer-groups/live-group.ts'
import { preferredAssignor } from '../consumer-groups/target-assignment.ts'
import { StreamsGroups } from '../streams-groups/streams-groups.ts'
import type { StreamsWorld } from '../streams-groups/streams-world.ts'
import { TopicPatterns } from '../consumer-groups/topic-patterns.ts'
import type { AnyGroup } from './any-group.ts'
import { ClassicGroup } from './classic-group.ts'
import type {
  FetchAnswer,
  FetchClaim,
  GroupList,
  OffsetCommit,
  OffsetDeletion,
} from './coordinator-answer.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import type { JoinAnswer, SyncAnswer } from './group-answer.ts'
import { GroupReplay } from './group-replay.ts'
import { loadTarget } from './load-target.ts'
import { PartitionLoader } from '../coordinator-log/partition-loader.ts'
import { groupToRecord } from './group-record.ts'
import { endGroup, stateOf } from './group-kinds.ts'
import { describeGroup, type GroupDescription, type GroupFilter, listGroups } from './group-view.ts'
import type { GroupWorld, StorableGroup } from './group-world.ts'
import type { JoinRequest } from './join-group.ts'
import type { LeavingMember } from './leave-group.ts'
import type { MemberClaim } from './member-checks.ts'
import { type LeaveAnswer, Membership } from './membership.ts'
import { OffsetManager, type TransactionalCommitter, type WantedOffsets } from './offset-manager.ts'
import { NO_MEMBER, OffsetRequests } from './offset-requests.ts'
import { OFFSETS_TOPIC } from './offsets-topic.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { LiveShareGroup } from '../share-groups/live-share-group.ts'
import { ShareGroups } from '../share-groups/share-groups.ts'
import type { GroupCoordinatorOptions } from './coordinator-options.ts'
import { OffsetSweep } from './offset-sweep.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'
import type { SyncRequest } from './sync-group.ts'
import type { Answered } from './when-ready.ts'

/**
 * The coordinator of all groups of this broker, and of their offsets. What it answers for
 * is in its `CoordinatorLog` first. Requests of a group wait while its partition is being read.
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #groups = new Map<string, AnyGroup>()
  readonly #deadlines: DeadlineQueue
  readonly #offsets: OffsetManager
  readonly #world: GroupWorld
  readonly #patterns: TopicPatterns
  readonly #consumers: ConsumerGroups
  readonly share: ShareGroups
  readonly streams: StreamsGroups
  readonly #members: Membership
  readonly #sweep: OffsetSweep
  readonly #offsetRequests: OffsetRequests
  #topicsVersion = 0
  #loader: PartitionLoader | null = null
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
    this.#world = {
      clock,
      logger,
      deadlines: this.#deadlines,
      initialRebalanceDelayMs: options.initialRebalanceDelayMs,
      maxSize: options.maxGroupSize,
      randomId: options.randomId ?? randomUuid,
      store: (group, assignments, stored) => this.#store(group, assignments, stored),
    }
    const { topics } = options
    this.#patterns = new TopicPatterns({ topics, clock })
    this.#consumers = this.#openConsumers()
    this.share = this.#openShares()
    this.streams = this.#openStreams()
    this.#members = new Membership({
      groups: this.#groups,
      world: this.#world,
      consumers: this.#consumers,
      groupFor: (groupId) => this.#groupFor(groupId),
      whenReady: (groupId, refuse, answer) => this.#whenReady(groupId, refuse, answer),
      minSessionTimeoutMs: options.minSessionTimeoutMs,
      maxSessionTimeoutMs: options.maxSessionTimeoutMs,
    })
    this.#offsetRequests = new OffsetRequests({
      groups: this.#groups,
      offsets: this.#offsets,
      whenReady: (groupId, refuse, answer) => this.#whenReady(groupId, refuse, answer),
      groupFor: (groupId) => this.#groupFor(groupId),
    })
    this.#sweep = new OffsetSweep({
      clock,
      logger,
      groups: this.#groups,
      offsets: this.#offsets,
      isLoaded: (groupId) => this.#loader?.isLoaded(this.#offsets.partitionOf(groupId)) === true,
      deleteGroup: (group) => void this.#delete(group),
      retentionMs: options.offsetsRetentionMs,
      intervalMs: options.offsetsRetentionCheckIntervalMs,
    })
  }

  /** Begins to read what the log holds; requests are taken from now on. */
  start(): void {
    const { clock, logger, log } = this.#options
    this.#loader = new PartitionLoader({
      clock,
      logger,
      log,
      what: 'offsets',
      replayOf: (partition) =>
        new GroupReplay(
          loadTarget(partition, {
            groups: this.#groups,
            world: this.#world,
            offsets: this.#offsets,
            consumers: this.#consumers,
            share: this.share,
            streams: this.streams,
            groupFor: (groupId) => this.#groupFor(groupId),
          }),
        ),
    })
    void this.#loader.loadAll()
    this.#sweep.start()
  }

  /** Everybody who waits is sent to look for the coordinator again; nothing is served after. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#sweep.stop()
    for (const group of this.#groups.values()) endGroup(group, ErrorCode.NOT_COORDINATOR)
    this.#groups.clear()
    this.#deadlines.clear()
  }

  /** Creates the topic that groups are kept in, as FindCoordinator does. */
  ensureReady(): Promise<ErrorCode> {
    if (this.#isStopped) return Promise.resolve(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    return this.#options.log.ensureCreated()
  }

  join(groupId: string, request: JoinRequest): Answered<JoinAnswer> {
    return this.#members.join(groupId, request)
  }

  sync(groupId: string, request: SyncRequest): Answered<SyncAnswer> {
    return this.#members.sync(groupId, request)
  }

  heartbeat(groupId: string, claim: MemberClaim): Answered<ErrorCode> {
    return this.#members.heartbeat(groupId, claim)
  }

  leave(groupId: string, members: readonly LeavingMember[]): Answered<LeaveAnswer> {
    return this.#members.leave(groupId, members)
  }

  /** What topic patterns mean; one is prepared before it comes in a heartbeat. */
  get patterns(): TopicPatterns {
    return this.#patterns
  }

  newMemberId(): string {
    return this.#world.randomId()
  }

  consumerHeartbeat(groupId: string, request: HeartbeatRequest): Answered<HeartbeatAnswer> {
    return this.#members.consumerHeartbeat(groupId, request)
  }

  /** @returns one code per offset, in order, once the log has them */
  commitOffsets(groupId: string, commit: OffsetCommit): Answered<readonly ErrorCode[]> {
    return this.#offsetRequests.commit(groupId, commit)
  }

  /** As `commitOffsets`; they count when the transaction of `writer` is committed. */
  commitInTransaction(
    groupId: string,
    commit: OffsetCommit,
    writer: TransactionalCommitter,
  ): Answered<readonly ErrorCode[]> {
    return this.#offsetRequests.commitInTransaction(groupId, commit, writer)
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
    claim: FetchClaim = NO_MEMBER,
  ): Answered<FetchAnswer> {
    return this.#offsetRequests.fetch(groupId, wanted, claim)
  }

  /** @returns a code instead, GROUP_ID_NOT_FOUND for one that is not known, or not classic */
  describe(groupId: string): Answered<GroupDescription | ErrorCode> {
    return this.#whenReady<GroupDescription | ErrorCode>(groupId, refused, () => {
      const group = this.#groups.get(groupId)
      return group instanceof ClassicGroup ? describeGroup(group) : ErrorCode.GROUP_ID_NOT_FOUND
    })
  }

  /** @returns a code instead, GROUP_ID_NOT_FOUND for any that is no consumer group */
  describeConsumerGroup(groupId: string): Answered<ConsumerGroupDescription | ErrorCode> {
    return this.#whenReady<ConsumerGroupDescription | ErrorCode>(groupId, refused, () => {
      const live = this.#groups.get(groupId)
      if (!(live instanceof LiveGroup)) return ErrorCode.GROUP_ID_NOT_FOUND
      const { group, world } = live
      return describeConsumerGroup(group, preferredAssignor(group, world.settings.assignors))
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
      return stateOf(group) === 'Empty' ? this.#delete(group) : ErrorCode.NON_EMPTY_GROUP
    })
  }

  deleteOffsets(groupId: string, places: readonly TopicPartition[]): Answered<OffsetDeletion> {
    return this.#offsetRequests.delete(groupId, places)
  }

  /** Offsets of topics that are gone are of no use, and wrong for a new topic of that name. */
  async topicsDeleted(topics: readonly string[]): Promise<void> {
    this.topicsChanged()
    if (this.#loader?.isAllLoaded === false) await this.#loader.allReady()
    const gone = new Set(topics)
    const removals = [...this.#offsets.store.groupIds()].map((groupId) => {
      const places = this.#offsets.placesOf(groupId, (topic) => gone.has(topic))
      return this.#offsets.remove(groupId, places)
    })
    await Promise.all([...removals, this.share.topicsDeleted()])
  }

  /** Topics have come or gone, or have more partitions: groups see it at their next heartbeat. */
  topicsChanged(): void {
    this.#topicsVersion += 1
    this.#patterns.topicsChanged()
  }

  #openConsumers(): ConsumerGroups {
    const { consumer: settings } = this.#options
    const { randomId } = this.#world
    const patterns = this.#patterns
    return new ConsumerGroups({
      groups: this.#groups,
      world: { ...this.#assigningWorld(), settings, patterns, randomId },
      classicWorld: this.#world,
      append: (groupId, records) => this.#append(groupId, records),
    })
  }

  #openShares(): ShareGroups {
    const { share, forgetShare: forget } = this.#options
    return new ShareGroups({
      groups: this.#groups,
      world: { ...this.#assigningWorld(), ...share },
      forget,
      append: (groupId, records) => this.#append(groupId, records),
      whenReady: (groupId, refuse, answer) => this.#whenReady(groupId, refuse, answer),
    })
  }

  #openStreams(): StreamsGroups {
    return new StreamsGroups({
      groups: this.#groups,
      world: { ...this.#assigningWorld(), settings: this.#options.streams },
      append: (groupId, records) => this.#append(groupId, records),
      whenReady: (groupId, refuse, answer) => this.#whenReady(groupId, refuse, answer),
    })
  }

  /** What all groups need that the broker assigns. */
  #assigningWorld(): Pick<
    StreamsWorld,
    'clock' | 'logger' | 'topics' | 'deadlines' | 'topicsVersion'
  > {
    const { clock, logger, topics } = this.#options
    const deadlines = this.#deadlines
    return { clock, logger, topics, deadlines, topicsVersion: () => this.#topicsVersion }
  }

  #append(groupId: string, records: readonly CoordinatorRecord[]): Promise<ErrorCode> {
    const partition = this.#offsets.partitionOf(groupId)
    return new Promise((resolve) => this.#options.log.append(partition, records, resolve))
  }

  /** Answers at once, or when the group's partition has been read. */
  #whenReady<T>(
    groupId: string,
    refuse: (errorCode: ErrorCode) => T,
    answer: () => Answered<T>,
  ): Answered<T> {
    const loader = this.#loader
    if (loader === null || this.#isStopped) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    const partition = this.#offsets.partitionOf(groupId)
    if (loader.isLoaded(partition)) return answer()
    return loader.ready(partition).then((errorCode) => {
      if (this.#isStopped) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE)
      return errorCode === ErrorCode.NONE ? answer() : refuse(errorCode)
    })
  }

  #groupFor(groupId: string): AnyGroup {
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
    const partition = this.#offsets.partitionOf(group.groupId)
    this.#options.log.append(partition, encoder.finish(), stored)
  }

  /** Takes the group out at once; who comes meanwhile founds a new one. */
  async #delete(group: AnyGroup): Promise<ErrorCode> {
    const { groupId } = group
    endGroup(group, ErrorCode.COORDINATOR_NOT_AVAILABLE)
    this.#groups.delete(groupId)
    const places = this.#offsets.placesOf(groupId)
    const errorCodes = await Promise.all([
      group instanceof ClassicGroup ? ErrorCode.NONE : group.writes.replace([]),
      this.#offsets.remove(groupId, places, group instanceof ClassicGroup),
      group instanceof LiveShareGroup ? this.share.forget(group) : ErrorCode.NONE,
    ])
    const errorCode = errorCodes.find((one) => one !== ErrorCode.NONE) ?? ErrorCode.NONE
    // Its offsets are still there: so must be a group that they belong to.
    if (errorCode !== ErrorCode.NONE && places.length > 0) this.#groupFor(groupId)
    return errorCode
  }
}

function refused(errorCode: ErrorCode): ErrorCode {
  return errorCode
}
