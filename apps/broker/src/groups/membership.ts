import { ErrorCode } from '@pafka/protocol'

import type { HeartbeatAnswer, HeartbeatRequest } from '../consumer-groups/consumer-heartbeat.ts'
import { refusedHeartbeat } from '../consumer-groups/consumer-heartbeat.ts'
import type { ConsumerGroups } from '../consumer-groups/consumer-groups.ts'
import { LiveGroup } from '../consumer-groups/live-group.ts'
import { LiveShareGroup } from '../share-groups/live-share-group.ts'
import { LiveStreamsGroup } from '../streams-groups/live-streams-group.ts'
import type { AnyGroup } from './any-group.ts'
import { ClassicGroup } from './classic-group.ts'
import { type JoinAnswer, joinError, type SyncAnswer, syncError } from './group-answer.ts'
import type { GroupWorld } from './group-world.ts'
import { joinGroup, type JoinRequest } from './join-group.ts'
import { leaveGroup, type LeavingMember } from './leave-group.ts'
import { heartbeat, type MemberClaim } from './member-checks.ts'
import { syncGroup, type SyncRequest } from './sync-group.ts'
import type { Answered, WhenReady } from './when-ready.ts'

export interface LeaveAnswer {
  readonly errorCode: ErrorCode
  /** One per member, in order; empty with an error of the whole request. */
  readonly memberErrors: readonly ErrorCode[]
}

interface MembershipOptions {
  readonly groups: Map<string, AnyGroup>
  readonly world: GroupWorld
  readonly consumers: ConsumerGroups
  /** A new one where there is none. */
  readonly groupFor: (groupId: string) => AnyGroup
  readonly whenReady: WhenReady
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number
}

/** Who comes, stays and goes: each request is for the kind of group that its group is. */
export class Membership {
  readonly #options: MembershipOptions

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  join(groupId: string, request: JoinRequest): Answered<JoinAnswer> {
    const refuse = (errorCode: ErrorCode): JoinAnswer => joinError(request.memberId, errorCode)
    if (groupId === '') return refuse(ErrorCode.INVALID_GROUP_ID)
    const { groups, consumers, whenReady } = this.#options
    const { groupFor, minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options
    const { sessionTimeoutMs } = request
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return refuse(ErrorCode.INVALID_SESSION_TIMEOUT)
    }
    return whenReady(groupId, refuse, () => {
      this.#forgetEmptyStreams(groupId)
      const found = groups.get(groupId)
      if (found instanceof LiveShareGroup || found instanceof LiveStreamsGroup) {
        return refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
      }
      const joined = found instanceof LiveGroup ? consumers.join(found, request) : undefined
      if (joined !== undefined) return joined
      const group = request.memberId === '' ? groupFor(groupId) : groups.get(groupId)
      if (!(group instanceof ClassicGroup)) return refuse(ErrorCode.UNKNOWN_MEMBER_ID)
      return new Promise((resolve) => joinGroup(group, request, resolve))
    })
  }

  sync(groupId: string, request: SyncRequest): Answered<SyncAnswer> {
    if (groupId === '') return syncError(ErrorCode.INVALID_GROUP_ID)
    const { groups, consumers, whenReady } = this.#options
    return whenReady(groupId, refusedSync, () => {
      const group = groups.get(groupId)
      if (group instanceof LiveGroup) return consumers.sync(group, request)
      if (!(group instanceof ClassicGroup)) return refusedSync(ErrorCode.UNKNOWN_MEMBER_ID)
      return new Promise((resolve) => syncGroup(group, request, resolve))
    })
  }

  heartbeat(groupId: string, claim: MemberClaim): Answered<ErrorCode> {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID
    const { groups, consumers, whenReady } = this.#options
    return whenReady(groupId, refusedClassicHeartbeat, () => {
      const group = groups.get(groupId)
      if (group instanceof LiveGroup) return consumers.classicHeartbeat(group, claim)
      return group instanceof ClassicGroup ? heartbeat(group, claim) : ErrorCode.UNKNOWN_MEMBER_ID
    })
  }

  leave(groupId: string, members: readonly LeavingMember[]): Answered<LeaveAnswer> {
    if (groupId === '') return refusedLeave(ErrorCode.INVALID_GROUP_ID)
    const { groups, consumers, whenReady } = this.#options
    return whenReady(groupId, refusedLeave, async () => {
      const group = groups.get(groupId)
      const { NONE: errorCode, UNKNOWN_MEMBER_ID } = ErrorCode
      if (group instanceof LiveGroup) {
        return { errorCode, memberErrors: await consumers.leave(group, members) }
      }
      const memberErrors =
        group instanceof ClassicGroup
          ? leaveGroup(group, members)
          : members.map(() => UNKNOWN_MEMBER_ID)
      return { errorCode, memberErrors }
    })
  }

  consumerHeartbeat(groupId: string, request: HeartbeatRequest): Answered<HeartbeatAnswer> {
    const { consumers, whenReady } = this.#options
    return whenReady(groupId, refusedConsumerHeartbeat, () => consumers.heartbeat(groupId, request))
  }

  /** Who comes founds a classic group; what it writes comes after what is deleted here. */
  #forgetEmptyStreams(groupId: string): void {
    const found = this.#options.groups.get(groupId)
    if (!(found instanceof LiveStreamsGroup) || !found.group.isEmpty) return
    found.stop()
    this.#options.groups.set(groupId, new ClassicGroup(groupId, this.#options.world))
    void found.writes.replace([])
  }
}

/** The rebalance that it belongs to was lost with the memory of it: the member must join again. */
function refusedSync(errorCode: ErrorCode): SyncAnswer {
  const isLoading = errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
  return syncError(isLoading ? ErrorCode.REBALANCE_IN_PROGRESS : errorCode)
}

/** While groups are read nobody is told that they are gone. */
function refusedClassicHeartbeat(errorCode: ErrorCode): ErrorCode {
  return errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : errorCode
}

function refusedConsumerHeartbeat(errorCode: ErrorCode): HeartbeatAnswer {
  return refusedHeartbeat({ errorCode, errorMessage: 'The coordinator cannot answer yet.' })
}

function refusedLeave(errorCode: ErrorCode): LeaveAnswer {
  return { errorCode, memberErrors: [] }
}
