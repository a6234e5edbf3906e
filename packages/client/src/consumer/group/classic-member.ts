import type { Clock, Random, Timer } from '@pafka/base'
import {
  ErrorCode,
  Heartbeat,
  JoinGroup,
  type JoinGroupResponse,
  LeaveGroup,
  SyncGroup,
} from '@pafka/protocol'

import type { Cluster } from '../../cluster/cluster.ts'
import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'
import type { OwnLane } from '../../connection/broker-link.ts'
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

export interface ClassicMemberOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly groupId: string
  /** A static member keeps what it has while it is away for a short time (KIP-345). */
  readonly instanceId: string | null
  readonly rack: string | undefined
  /** Sorted or not; all of them exist, or will. */
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
  #owned: readonly TopicPartition[] = []
  #heartbeat: Timer | undefined
  /** Ends when the group is to be joined again. */
  #attention: PromiseWithResolvers<void> = Promise.withResolvers()
  #failures = 0

  constructor(options: ClassicMemberOptions) {
    this.#options = options
    this.#coordinator = new GroupCoordinator(options.cluster, options.groupId)
    void this.#run()
  }

  get identity(): MemberIdentity {
    const { instanceId } = this.#options
    return { memberId: this.#memberId, generationId: this.#generationId, instanceId }
  }

  outdated(errorCode: number): void {
    this.#noticed(errorCode)
  }

  async leave(): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(clientClosed('consumer'))
    this.#heartbeat?.cancel()
    this.#attention.resolve()
    const { instanceId, clock, random } = this.#options
    // a static member comes again; one that nobody knows need not go
    if (instanceId !== null || this.#memberId === '') return
    const deadlineMs = clock.monotonicMs() + LEAVE_TIMEOUT_MS
    await retrying(async () => this.#leaveOnce(), { clock, random, deadlineMs }).catch(() => {})
  }

  async #leaveOnce(): Promise<void> {
    const { groupId } = this.#options
    const memberId = this.#memberId
    const reason = 'the consumer is closed'
    const { errorCode } = await this.#coordinator.ask({
      ...{ api: LeaveGroup, timeoutMs: LEAVE_TIMEOUT_MS },
      request: (version: number) => ({
        ...{ groupId, memberId: version >= 3 ? '' : memberId },
        members: version >= 3 ? [{ memberId, groupInstanceId: null, reason }] : [],
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
    const joined = await this.#join()
    this.#generationId = joined.generationId
    const assignments =
      joined.leader === joined.memberId ? await this.#options.protocol.assign(joined) : []
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
    this.#beatSoon()
    const assignment = decodeAssignment(synced.assignment)
    const { memberId, generationId, leader: leaderId } = joined
    const protocol = joined.protocolName ?? ''
    this.#options.events.joined?.({ memberId, generationId, leaderId, protocol, assignment })
    await this.#apply(assignment)
  }

  /** As members of an eager protocol do before they join. */
  async #giveUpAll(): Promise<void> {
    const { protocol, events } = this.#options
    if (this.#memberId !== '') events.rejoins?.()
    const given = this.#owned
    if (!protocol.isEager || given.length === 0) return
    await events.revoked(given)
    this.#closed.signal.throwIfAborted()
    this.#owned = []
  }

  async #join(): Promise<JoinGroupResponse> {
    const { groupId, instanceId, topics, rack, sessionTimeoutMs, rebalanceTimeoutMs } =
      this.#options
    const offers = this.#options.protocol.offers({
      ...{ topics: topics(), owned: this.#owned, generationId: this.#generationId, rack },
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
      else if (generationId === this.#generationId) this.#noticed(errorCode)
    } catch {
      // the next one is tried at another connection
    }
    const isSame = generationId === this.#generationId
    if (isSame && !this.#closed.signal.aborted) this.#beatSoon()
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
