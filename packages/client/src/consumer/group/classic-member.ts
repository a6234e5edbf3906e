import type { Clock, Random, Timer } from '@pafka/base'
import {
  ErrorCode,
  Heartbeat,
  JoinGroup,
  type JoinGroupResponse,
  LeaveGroup,
  SyncGroup,
  type SyncGroupRequest,
} from '@pafka/protocol'

import type { Cluster } from '../../cluster/cluster.ts'
import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'
import type { OwnLane } from '../../connection/broker-link.ts'
import { brokerError } from '../../errors/broker-error.ts'
import { clientClosed } from '../../errors/client-errors.ts'
import { isRetriableError, KafkaError } from '../../errors/kafka-error.ts'
import { backoffMs } from '../../time/backoff.ts'
import { RETRY_BACKOFF, retrying } from '../../time/retrying.ts'
import { sleep } from '../../time/sleep.ts'
import type { GroupMember, MemberEvents, MemberIdentity } from './group-member.ts'
import type { GroupProtocol } from './group-protocol.ts'
import { decodeAssignment } from './group-subscription.ts'

const PROTOCOL_TYPE = 'consumer'
/** Heartbeats in the time after which the coordinator gives a member up. */
const HEARTBEATS_IN_SESSION = 15
const LEAVE_TIMEOUT_MS = 3000
const NO_GENERATION = -1
/** What is said of who is not in this generation, or of one that ends. */
const OF_A_GENERATION: ReadonlySet<number> = new Set<number>([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.REBALANCE_IN_PROGRESS,
])

export interface ClassicMemberOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly groupId: string
  /** A static member keeps what it has while it is away for a short time (KIP-345). */
  readonly instanceId: string | null
  readonly rack: string | undefined
  /** In any order; they exist, or will. */
  readonly topics: () => readonly string[]
  /** Where it waits for the other members; to be closed by who gave it. */
  readonly lane: OwnLane
  readonly protocol: GroupProtocol
  readonly sessionTimeoutMs: number
  /** Much less than the session's by default. */
  readonly heartbeatIntervalMs?: number | undefined
  /** For members to give up what they have, and to come. */
  readonly rebalanceTimeoutMs: number
  readonly events: MemberEvents
}

/** A member of a group in which one of the members assigns. */
export class ClassicMember implements GroupMember {
  readonly #options: ClassicMemberOptions
  readonly #coordinator: GroupCoordinator
  readonly #closed = new AbortController()
  #memberId = ''
  #generationId = NO_GENERATION
  /** Since `rejoins` was told last. */
  #hasJoined = false
  /** Between two generations: what is said of the one before is no news. */
  #isJoining = false
  #owned: readonly TopicPartition[] = []
  #heartbeat: Timer | undefined
  /** Ends when the group is to be joined again. */
  #attention: PromiseWithResolvers<void> = Promise.withResolvers()
  #failures = 0
  /** What it asked for when it joined last. */
  #joinedTopics = ''
  /** What it gave out as the leader of the group: how many partitions each topic has. */
  #assignedTopics: ReadonlyMap<string, number> = new Map()
  #unwatch: readonly (() => void)[] = []
  readonly #unlisten: () => void

  constructor(options: ClassicMemberOptions) {
    this.#options = options
    this.#unlisten = options.cluster.metadata.listen(() => this.#seen())
    this.#coordinator = new GroupCoordinator(options.cluster, options.groupId)
    void this.#run()
  }

  get identity(): MemberIdentity {
    const { instanceId } = this.#options
    return { memberId: this.#memberId, generationId: this.#generationId, instanceId }
  }

  outdated(errorCode: number, { generationId }: MemberIdentity): boolean {
    const isPast = this.#isJoining || generationId !== this.#generationId
    // it is in another generation by now, or soon
    if (isPast && OF_A_GENERATION.has(errorCode)) return true
    this.#noticed(errorCode)
    return false
  }

  async leave(isForGood: boolean): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(clientClosed('consumer'))
    this.#unlisten()
    this.#watchAsLeader([])
    this.#heartbeat?.cancel()
    this.#attention.resolve()
    const { instanceId, clock, random } = this.#options
    // a static member comes again; one that nobody knows need not go
    const comesAgain = instanceId !== null && !isForGood
    if (comesAgain || this.#memberId === '') return
    const deadlineMs = clock.monotonicMs() + LEAVE_TIMEOUT_MS
    await retrying(async () => this.#leaveOnce(), { clock, random, deadlineMs }).catch(() => {})
  }

  async #leaveOnce(): Promise<void> {
    const { groupId, instanceId: groupInstanceId } = this.#options
    const memberId = this.#memberId
    const reason = 'the consumer is closed'
    const { errorCode } = await this.#coordinator.ask({
      ...{ api: LeaveGroup, timeoutMs: LEAVE_TIMEOUT_MS },
      request: (version: number) => ({
        ...{ groupId, memberId: version >= 3 ? '' : memberId },
        members: version >= 3 ? [{ memberId, groupInstanceId, reason }] : [],
      }),
    })
    this.#noticed(errorCode)
    this.#coordinator.check(errorCode, { api: 'LeaveGroup' })
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted) {
      try {
        this.#attention = Promise.withResolvers()
        // it may fail while nobody waits for it yet
        this.#attention.promise.catch(() => {})
        // oxlint-disable-next-line no-await-in-loop -- one generation after the other
        await this.#joinAndSync()
        this.#failures = 0
        // oxlint-disable-next-line no-await-in-loop -- until the group is to be joined again
        await this.#attention.promise
      } catch (error) {
        if (signal.aborted) return
        // oxlint-disable-next-line no-await-in-loop -- before it is tried again
        if (!(await this.#mayTryAgain(error))) return
      }
    }
  }

  /** @returns false when there is no use in it */
  async #mayTryAgain(error: unknown): Promise<boolean> {
    const errorCode = error instanceof KafkaError ? (error.errorCode ?? -1) : -1
    const isKnown = this.#noticed(errorCode)
    if (!isKnown && !isRetriableError(error)) {
      this.#generationId = NO_GENERATION
      this.#heartbeat?.cancel()
      this.#loseAll()
      const failure =
        error instanceof KafkaError
          ? error
          : new KafkaError('GROUP_FAILED', `Group ${this.#options.groupId} cannot be joined.`, {
              ...{ kind: 'fatal', context: { groupId: this.#options.groupId }, cause: error },
            })
      this.#options.events.failed(failure)
      return false
    }
    if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) return true
    this.#failures += 1
    const { clock, random } = this.#options
    await sleep(clock, backoffMs(RETRY_BACKOFF, this.#failures, random), this.#closed.signal).catch(
      () => {},
    )
    return true
  }

  /** What the coordinator said has consequences. @returns whether it is to be tried again */
  #noticed(errorCode: number): boolean {
    if (this.#coordinator.isElsewhere(errorCode)) return true
    switch (errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION: {
        if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
        this.#generationId = NO_GENERATION
        this.#loseAll()
        this.#attention.resolve()
        return true
      }
      case ErrorCode.REBALANCE_IN_PROGRESS: {
        this.#attention.resolve()
        return true
      }
      case ErrorCode.MEMBER_ID_REQUIRED:
      case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS: {
        return true
      }
      default: {
        return false
      }
    }
  }

  async #joinAndSync(): Promise<void> {
    await this.#giveUpAll()
    this.#isJoining = true
    const { joined, assignment } = await this.#nextGeneration().finally(() => {
      this.#isJoining = false
    })
    this.#beatSoon()
    this.#hasJoined = true
    const { memberId, generationId, leader: leaderId } = joined
    const protocol = joined.protocolName ?? ''
    this.#options.events.joined?.({ memberId, generationId, leaderId, protocol, assignment })
    await this.#apply(assignment)
  }

  async #nextGeneration(): Promise<{
    readonly joined: JoinGroupResponse
    readonly assignment: readonly TopicPartition[]
  }> {
    const joined = await this.#join()
    // who has left needs no connection any more
    this.#closed.signal.throwIfAborted()
    this.#generationId = joined.generationId
    if (joined.leader !== joined.memberId) this.#watchAsLeader([])
    const assignments = joined.leader === joined.memberId ? await this.#assign(joined) : []
    this.#closed.signal.throwIfAborted()
    const synced = await this.#coordinator.ask({
      api: SyncGroup,
      lane: this.#options.lane,
      timeoutMs: this.#options.rebalanceTimeoutMs,
      request: {
        ...this.#asMember(),
        ...{ protocolType: PROTOCOL_TYPE, protocolName: joined.protocolName, assignments },
      },
    })
    this.#coordinator.check(synced.errorCode, { api: 'SyncGroup' })
    return { joined, assignment: decodeAssignment(synced.assignment) }
  }

  /** As members of an eager protocol do before they join. */
  async #giveUpAll(): Promise<void> {
    const { protocol, events } = this.#options
    if (this.#hasJoined) events.rejoins?.()
    this.#hasJoined = false
    const given = this.#owned
    if (!protocol.isEager || given.length === 0) return
    await events.revoked(given)
    this.#closed.signal.throwIfAborted()
    this.#owned = []
  }

  async #join(): Promise<JoinGroupResponse> {
    const { groupId, instanceId, topics, rack, sessionTimeoutMs, rebalanceTimeoutMs } =
      this.#options
    const wanted = topics()
    this.#joinedTopics = textOf(wanted)
    const offers = this.#options.protocol.offers({
      ...{ topics: wanted, owned: this.#owned, generationId: this.#generationId, rack },
    })
    const joined = await this.#coordinator.ask({
      api: JoinGroup,
      lane: this.#options.lane,
      // the coordinator answers when all have come, or are given up
      timeoutMs: rebalanceTimeoutMs + this.#options.cluster.requestTimeoutMs,
      request: {
        ...{ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId: this.#memberId },
        ...{ groupInstanceId: instanceId, protocolType: PROTOCOL_TYPE, reason: null },
        protocols: [...offers],
      },
    })
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = joined.memberId
    this.#coordinator.check(joined.errorCode, { api: 'JoinGroup' })
    this.#memberId = joined.memberId
    return joined
  }

  /** As the leader of the group. */
  async #assign(joined: JoinGroupResponse): Promise<SyncGroupRequest['assignments']> {
    if (joined.skipAssignment) return []
    const { cluster, protocol } = this.#options
    const topics = protocol.topicsOf(joined)
    this.#watchAsLeader(topics)
    await cluster.metadata.refresh()
    const counts = new Map(topics.map((topic) => [topic, this.#partitionsOf(topic)]))
    const assigned = await protocol.assign(joined, (topic) => counts.get(topic) ?? 0)
    this.#assignedTopics = counts
    return assigned
  }

  #partitionsOf(topic: string): number {
    return this.#options.cluster.metadata.find(topic)?.partitions.length ?? 0
  }

  /** Watches what it gives out, its own topics or those of others, until it does so again. */
  #watchAsLeader(topics: readonly string[]): void {
    const { metadata } = this.#options.cluster
    const before = this.#unwatch
    this.#assignedTopics = new Map()
    this.#unwatch = topics.map((topic) => metadata.watch(topic))
    for (const end of before) end()
  }

  /** There is more to be had, or less: the group is joined again. */
  #seen(): void {
    if (this.#generationId === NO_GENERATION) return
    const hasOthers = textOf(this.#options.topics()) !== this.#joinedTopics
    const hasChanged = [...this.#assignedTopics].some(([topic, partitions]) => {
      return this.#partitionsOf(topic) !== partitions
    })
    if (hasOthers || hasChanged) this.#attention.resolve()
  }

  /** What is given up goes first; the group joins once more for others to get it. */
  async #apply(assigned: readonly TopicPartition[]): Promise<void> {
    const { events } = this.#options
    const revoked = without(this.#owned, assigned)
    if (revoked.length > 0) {
      await events.revoked(revoked)
      if (this.#closed.signal.aborted) return
      this.#attention.resolve()
    }
    // they may have been lost meanwhile
    if (this.#generationId === NO_GENERATION) return
    const added = without(assigned, this.#owned)
    this.#owned = assigned
    if (added.length > 0) events.assigned(added)
  }

  #loseAll(): void {
    const lost = this.#owned
    this.#owned = []
    if (lost.length > 0) this.#options.events.lost(lost)
  }

  #beatSoon(): void {
    const { clock, sessionTimeoutMs, heartbeatIntervalMs } = this.#options
    this.#heartbeat?.cancel()
    const delayMs = heartbeatIntervalMs ?? sessionTimeoutMs / HEARTBEATS_IN_SESSION
    this.#heartbeat = clock.setTimer(delayMs, () => void this.#beat())
  }

  async #beat(): Promise<void> {
    const generationId = this.#generationId
    try {
      const { errorCode } = await this.#coordinator.ask({
        api: Heartbeat,
        request: this.#asMember(),
      })
      if (errorCode === ErrorCode.NONE) this.#options.events.beat?.()
      else if (generationId === this.#generationId) this.#refused(errorCode)
    } catch {
      // the next one is tried at another connection
    }
    const isSame = generationId === this.#generationId
    if (isSame && !this.#closed.signal.aborted) this.#beatSoon()
  }

  #refused(errorCode: number): void {
    if (this.#isJoining && OF_A_GENERATION.has(errorCode)) return
    if (this.#noticed(errorCode)) return
    const { groupId } = this.#options
    const error = brokerError(errorCode, null, { groupId, api: 'Heartbeat' })
    // somebody else is this member now: whoever goes on does what that one does, too
    if (error.kind === 'fatal' || error.kind === 'auth') this.#attention.reject(error)
  }

  #asMember() {
    const { groupId, instanceId: groupInstanceId } = this.#options
    const { memberId } = this.identity
    return { groupId, generationId: this.#generationId, memberId, groupInstanceId }
  }
}

function without(
  partitions: readonly TopicPartition[],
  others: readonly TopicPartition[],
): TopicPartition[] {
  const keys = new Set(others.map(partitionKey))
  return partitions.filter((place) => !keys.has(partitionKey(place)))
}

function textOf(topics: readonly string[]): string {
  return topics.toSorted().join(' ')
}
