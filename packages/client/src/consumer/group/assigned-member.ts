import type { Clock, Random, Timer } from '@pafka/base'
import { type Api, ErrorCode } from '@pafka/protocol'

import type { Cluster } from '../../cluster/cluster.ts'
import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import type { VersionRange } from '../../connection/api-versions.ts'
import { brokerError } from '../../errors/broker-error.ts'
import { clientClosed } from '../../errors/client-errors.ts'
import { isRetriableError, KafkaError } from '../../errors/kafka-error.ts'
import { backoffMs } from '../../time/backoff.ts'
import { RETRY_BACKOFF, retrying } from '../../time/retrying.ts'
import type { GroupMember, MemberEvents, MemberIdentity } from './group-member.ts'
import {
  LEAVE_EPOCH,
  LEAVE_STATIC_EPOCH,
  Membership,
  type MembershipAnswer,
  type MembershipAsk,
  type MembershipEffect,
} from './membership.ts'

const LEAVE_TIMEOUT_MS = 3000
/** Where a broker says nothing that can be. */
const DEFAULT_INTERVAL_MS = 5000
const MOST_INTERVAL_MS = 3_600_000

/** What is the same in the answers to heartbeats of all kinds of groups. */
export interface HeartbeatAnswer extends MembershipAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly heartbeatIntervalMs: number
}

/** How a kind of group says it. */
export interface HeartbeatKind<Request> {
  readonly api: Api<Request, HeartbeatAnswer>
  readonly versions?: VersionRange | undefined
  request(ask: MembershipAsk, memberId: string): Request
}

export interface AssignedMemberOptions<Request> {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly groupId: string
  readonly memberId: string
  readonly instanceId: string | null
  readonly kind: HeartbeatKind<Request>
  readonly events: MemberEvents
}

/** A member of a group in which the broker assigns: it sends heartbeats, and does as it is told. */
export class AssignedMember<Request> implements GroupMember {
  readonly #options: AssignedMemberOptions<Request>
  readonly #coordinator: GroupCoordinator
  readonly #membership: Membership
  readonly #closed = new AbortController()
  readonly #unlisten: () => void
  #timer: Timer | undefined
  /** Ends when the next heartbeat is to be sent. */
  #due: PromiseWithResolvers<void> = Promise.withResolvers()
  #intervalMs = DEFAULT_INTERVAL_MS
  #failures = 0
  /** A heartbeat was sent, answered or not. */
  #mayBeKnown = false

  constructor(options: AssignedMemberOptions<Request>) {
    const { cluster, groupId, memberId } = options
    this.#options = options
    this.#coordinator = new GroupCoordinator(cluster, groupId)
    this.#membership = new Membership(memberId, (topicId) => cluster.metadata.nameOf(topicId))
    this.#unlisten = cluster.metadata.listen(() => this.#do(this.#membership.reconcile()))
    void this.#run()
  }

  get identity(): MemberIdentity {
    const { memberId, epoch: generationId } = this.#membership
    return { memberId, generationId, instanceId: this.#options.instanceId }
  }

  outdated(errorCode: number): boolean {
    switch (errorCode) {
      case ErrorCode.STALE_MEMBER_EPOCH:
      case ErrorCode.FENCED_MEMBER_EPOCH:
      case ErrorCode.UNKNOWN_MEMBER_ID: {
        // the next heartbeat tells what has become of it
        this.#due.resolve()
        return errorCode === ErrorCode.STALE_MEMBER_EPOCH
      }
      default: {
        return false
      }
    }
  }

  async leave(isForGood: boolean): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#end()
    if (!this.#mayBeKnown) return
    const { clock, random, instanceId } = this.#options
    const memberEpoch = instanceId === null || isForGood ? LEAVE_EPOCH : LEAVE_STATIC_EPOCH
    const deadlineMs = clock.monotonicMs() + LEAVE_TIMEOUT_MS
    const ask = { memberEpoch, isFull: false, owned: null }
    await retrying(
      async () => {
        const { errorCode } = await this.#ask(ask, LEAVE_TIMEOUT_MS)
        this.#coordinator.check(errorCode, { api: this.#options.kind.api.name })
      },
      { clock, random, deadlineMs },
    ).catch(() => {})
  }

  #end(): void {
    this.#closed.abort(clientClosed('consumer'))
    this.#unlisten()
    this.#timer?.cancel()
    this.#due.resolve()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted) {
      this.#due = Promise.withResolvers()
      // oxlint-disable-next-line no-await-in-loop -- one heartbeat after the other
      await this.#beat()
      if (signal.aborted) return
      // oxlint-disable-next-line no-await-in-loop -- until the next is due
      await this.#nextIsDue()
    }
  }

  async #nextIsDue(): Promise<void> {
    const { clock, random } = this.#options
    const hasFailed = this.#failures > 0
    // what asks for a heartbeat meanwhile does not make a broker in trouble answer sooner
    const due = hasFailed ? Promise.withResolvers<void>() : this.#due
    if (hasFailed) this.#due = due
    const delayMs = hasFailed ? backoffMs(RETRY_BACKOFF, this.#failures, random) : this.#intervalMs
    this.#timer = clock.setTimer(delayMs, () => due.resolve())
    await due.promise
    this.#timer.cancel()
  }

  async #beat(): Promise<void> {
    try {
      const answer = await this.#ask(this.#membership.ask())
      if (this.#closed.signal.aborted) return
      if (answer.errorCode === ErrorCode.NONE) this.#answered(answer)
      else this.#refused(answer)
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#membership.unanswered()
      this.#failures += 1
      if (!isRetriableError(error)) this.#fail(error)
    }
  }

  #ask(ask: MembershipAsk, timeoutMs?: number): Promise<HeartbeatAnswer> {
    const { kind } = this.#options
    return this.#coordinator.ask({
      ...{ api: kind.api, versions: kind.versions, timeoutMs },
      request: () => {
        this.#mayBeKnown = true
        return kind.request(ask, this.#membership.memberId)
      },
    })
  }

  #answered(answer: HeartbeatAnswer): void {
    const { heartbeatIntervalMs: intervalMs } = answer
    this.#failures = 0
    this.#intervalMs = intervalMs > 0 ? Math.min(intervalMs, MOST_INTERVAL_MS) : DEFAULT_INTERVAL_MS
    this.#do(this.#membership.answered(answer))
  }

  #refused({ errorCode, errorMessage }: HeartbeatAnswer): void {
    this.#failures += 1
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.FENCED_MEMBER_EPOCH) {
      this.#do(this.#membership.fenced())
      return
    }
    this.#membership.unanswered()
    if (this.#coordinator.isElsewhere(errorCode)) return
    const { groupId, kind } = this.#options
    const error = brokerError(errorCode, errorMessage, { groupId, api: kind.api.name })
    if (!isRetriableError(error)) this.#fail(error)
  }

  #fail(cause: unknown): void {
    const { groupId, events } = this.#options
    this.#end()
    this.#do(this.#membership.fenced())
    const text = `Group ${groupId} cannot be joined.`
    const how = { kind: 'fatal', context: { groupId }, cause } as const
    events.failed(cause instanceof KafkaError ? cause : new KafkaError('GROUP_FAILED', text, how))
  }

  #do(effects: readonly MembershipEffect[]): void {
    const { events, cluster } = this.#options
    for (const effect of effects) {
      switch (effect.do) {
        case 'revoke': {
          void events.revoked(effect.partitions).then(() => {
            if (!this.#closed.signal.aborted) this.#do(this.#membership.revoked(effect.number))
          })
          break
        }
        case 'lose': {
          events.lost(effect.partitions)
          break
        }
        case 'take': {
          events.assigned(effect.partitions)
          break
        }
        case 'look': {
          cluster.metadata.outdated()
          break
        }
        default: {
          this.#due.resolve()
        }
      }
    }
  }
}
