import { ErrorCode } from '@pafka/protocol'

import { ClassicGroup, CONSUMER_PROTOCOL } from '../groups/classic-group.ts'
import { type JoinAnswer, joinError, syncError, type SyncAnswer } from '../groups/group-answer.ts'
import { groupToRecord } from '../groups/group-record.ts'
import type { AnyGroup } from '../groups/any-group.ts'
import type { GroupWorld } from '../groups/group-world.ts'
import type { JoinRequest } from '../groups/join-group.ts'
import type { LeavingMember } from '../groups/leave-group.ts'
import type { MemberClaim } from '../groups/member-checks.ts'
import type { Answered } from '../groups/when-ready.ts'
import { OffsetsRecordEncoder } from '../groups/offsets-record.ts'
import type { SyncRequest } from '../groups/sync-group.ts'
import { advanceMember, reconcileMember } from './advance-member.ts'
import {
  findLeavingByGroup,
  heartbeatClassic,
  joinedAnswer,
  syncClassic,
  takeClassicJoin,
} from './classic-members.ts'
import {
  consumerHeartbeat,
  findLeaving,
  type HeartbeatAnswer,
  type HeartbeatRequest,
  isLeaving,
  leaveForAWhile,
  leftAnswer,
  refusedHeartbeat,
} from './consumer-heartbeat.ts'
import { consumerGroupFormat } from './consumer-group-codec.ts'
import { ConsumerGroup, groupFromRecords } from './consumer-group.ts'
import type { ConsumerGroupRecord } from './consumer-group-record.ts'
import { type ConsumerMember, LEAVE_STATIC_EPOCH } from './consumer-member.ts'
import { type ConsumerWorld, mayDowngrade, mayUpgrade } from './consumer-world.ts'
import { isRefusal, type Refusal, refusal } from './find-member.ts'
import { type AppendRecords, GroupWrites, NOT_STORED, whenWritten } from './group-writes.ts'
import { LiveGroup } from './live-group.ts'
import type { MemberDuty } from './member-timers.ts'
import { classicGroupFrom, consumerGroupFrom } from './migrate-group.ts'
import { onlyClassicWithout, removeMembers } from './remove-members.ts'

export interface ConsumerGroupsOptions {
  /** Groups of all kinds, by id. */
  readonly groups: Map<string, AnyGroup>
  readonly world: ConsumerWorld
  /** Of the classic groups that consumer groups become. */
  readonly classicWorld: GroupWorld
  readonly append: AppendRecords
}

/**
 * All consumer groups of this broker: takes what members say to the group's state, what it emitted
 * to the log, and only then the answer to the member. Turns classic groups into consumer groups
 * when a consumer of the new protocol comes, and back when the last has gone.
 */
export class ConsumerGroups {
  readonly #options: ConsumerGroupsOptions

  constructor(options: ConsumerGroupsOptions) {
    this.#options = options
  }

  /** As the log says it is. */
  load(groupId: string, records: readonly ConsumerGroupRecord[]): void {
    const group = groupFromRecords(groupId, records)
    const live = this.#live(group)
    this.#options.groups.set(groupId, live)
    live.startSessions()
  }

  heartbeat(groupId: string, request: HeartbeatRequest): Answered<HeartbeatAnswer> {
    const live = this.#groupFor(groupId, request)
    if (!(live instanceof LiveGroup)) return refusedHeartbeat(live)
    if (!isLeaving(request)) {
      return live.writes.answer(consumerHeartbeat(live, request), failedHeartbeat)
    }
    const found = findLeaving(live, request)
    if (isRefusal(found)) return live.writes.answer(refusedHeartbeat(found), failedHeartbeat)
    const { memberEpoch } = request
    const answer = leftAnswer(found.memberId, memberEpoch)
    if (memberEpoch !== LEAVE_STATIC_EPOCH)
      return this.#remove(live, [found], answer, failedHeartbeat)
    leaveForAWhile(live, found)
    return live.writes.answer(answer, failedHeartbeat)
  }

  /** @returns undefined when the group is a classic one now, to be joined as such */
  join(live: LiveGroup, request: JoinRequest): Answered<JoinAnswer> | undefined {
    if (live.group.isEmpty) {
      this.#makeEmptyClassic(live)
      return undefined
    }
    const failed = (errorCode: ErrorCode): JoinAnswer => joinError(request.memberId, errorCode)
    const { groupInstanceId: instanceId } = request
    const holder = instanceId === null ? undefined : live.group.staticMember(instanceId)
    const joined = takeClassicJoin(live, request)
    if ('errorCode' in joined) return live.writes.answer(joined, failed)
    const { memberId, subscriptionChanged } = joined
    const said = { reported: joined.subscription.owned, subscriptionChanged }
    const isLastToGoBack = holder?.classic === null && this.#canBeClassic(live, [])
    if (!isLastToGoBack) {
      advanceMember(live, memberId, said)
      return live.writes.answer(joinedAnswer(live, memberId), failed)
    }
    if (!subscriptionChanged) reconcileMember(live, memberId, said)
    const answer = joinedAnswer(live, memberId)
    const reason = subscriptionChanged ? `${memberId} came back for other topics` : null
    return whenWritten(this.#makeClassic(live, [], { leader: memberId, reason }), answer, failed)
  }

  sync(live: LiveGroup, request: SyncRequest): Answered<SyncAnswer> {
    return live.writes.answer(syncClassic(live, request), (errorCode) => syncError(errorCode))
  }

  /** Heartbeat of a member of the classic protocol. */
  classicHeartbeat(live: LiveGroup, claim: MemberClaim): Answered<ErrorCode> {
    return live.writes.answer(heartbeatClassic(live, claim), (errorCode) => errorCode)
  }

  /** @returns one code per member, in order */
  leave(live: LiveGroup, leaving: readonly LeavingMember[]): Answered<readonly ErrorCode[]> {
    const found = findLeavingByGroup(live, leaving)
    const members = found.filter((one) => typeof one !== 'number')
    const codes = found.map((one) => (typeof one === 'number' ? one : ErrorCode.NONE))
    const failed = (errorCode: ErrorCode): ErrorCode[] => leaving.map(() => errorCode)
    return this.#remove(live, [...new Set(members)], codes, failed)
  }

  #groupFor(groupId: string, request: HeartbeatRequest): LiveGroup | Refusal {
    const { groups, world } = this.#options
    const found = groups.get(groupId)
    if (found instanceof LiveGroup) return found
    const isOther = found !== undefined && !(found instanceof ClassicGroup)
    if (isOther || request.memberEpoch !== 0) {
      return refusal(ErrorCode.GROUP_ID_NOT_FOUND, `There is no consumer group ${groupId}.`)
    }
    if (found === undefined) return this.#add(new ConsumerGroup(groupId), [])
    const group = found.state === 'Empty' ? new ConsumerGroup(groupId) : this.#upgraded(found)
    if ('errorCode' in group) return group
    // whoever waits for the classic group joins again, and finds the new one
    found.die(ErrorCode.REBALANCE_IN_PROGRESS)
    const encoder = new OffsetsRecordEncoder()
    encoder.groupTombstone(groupId)
    world.logger.info('group-upgraded', { group: groupId, members: group.members.size })
    const live = this.#add(group, encoder.finish())
    live.startSessions()
    return live
  }

  #upgraded(classic: ClassicGroup): ConsumerGroup | Refusal {
    const { world } = this.#options
    const { settings, topics } = world
    const refused = (why: string): Refusal => {
      const text = `Classic group ${classic.groupId} cannot become a consumer group: ${why}.`
      return refusal(ErrorCode.GROUP_ID_NOT_FOUND, text)
    }
    if (!mayUpgrade(settings.migrationPolicy)) return refused('the broker may not upgrade groups')
    if (classic.protocolType !== CONSUMER_PROTOCOL) return refused('it is none of consumers')
    if (classic.roster.size >= settings.maxSize) return refused('it is too large')
    const group = consumerGroupFrom(classic, topics)
    return group ?? refused('an assignor of its own is in use')
  }

  #add(group: ConsumerGroup, before: ReturnType<OffsetsRecordEncoder['finish']>): LiveGroup {
    const live = this.#live(group, before)
    this.#options.groups.set(group.groupId, live)
    return live
  }

  #live(group: ConsumerGroup, before: ReturnType<OffsetsRecordEncoder['finish']> = []): LiveGroup {
    const { world, append } = this.#options
    return new LiveGroup({
      group,
      world,
      writes: new GroupWrites(group, consumerGroupFormat, append, before),
      expired: (live, memberId, duty) => this.#expire(live, memberId, duty),
    })
  }

  #expire(live: LiveGroup, memberId: string, duty: MemberDuty): void {
    const { groups, world } = this.#options
    const member = live.group.members.get(memberId)
    if (groups.get(live.groupId) !== live || member === undefined) return
    world.logger.info('group-member-expired', { group: live.groupId, member: memberId, duty })
    void this.#remove(live, [member], null, () => null)
  }

  #remove<T>(
    live: LiveGroup,
    members: readonly ConsumerMember[],
    answer: T,
    failed: (errorCode: ErrorCode) => T,
  ): Answered<T> {
    if (onlyClassicWithout(live, members) && this.#canBeClassic(live, members)) {
      const reason = 'the last member of the consumer protocol is gone'
      return whenWritten(this.#makeClassic(live, members, { reason }), answer, failed)
    }
    removeMembers(live, members)
    return live.writes.answer(answer, failed)
  }

  #canBeClassic({ group }: LiveGroup, leaving: readonly ConsumerMember[]): boolean {
    const { world, classicWorld } = this.#options
    const classic = [...group.members.values()].filter((one) => !leaving.includes(one))
    if (!shareProtocol(classic)) return false
    if (classic.length > classicWorld.maxSize) return false
    return mayDowngrade(world.settings.migrationPolicy)
  }

  #makeClassic(
    live: LiveGroup,
    leaving: readonly ConsumerMember[],
    how: { readonly leader?: string; readonly reason: string | null },
  ): Promise<ErrorCode> {
    const { groups, world, classicWorld } = this.#options
    const { group, groupId } = live
    const members = [...group.members.values()].filter((one) => !leaving.includes(one))
    const { leader, reason } = how
    const migration = { topics: world.topics, world: classicWorld, leader }
    live.timers.clear()
    const classic = classicGroupFrom(group, members, migration)
    groups.set(groupId, classic)
    const assignments = new Map(
      [...classic.roster.all()].map(({ memberId, assignment }) => [memberId, assignment]),
    )
    const encoder = new OffsetsRecordEncoder()
    // a partition of somebody who leaves would be nobody's if the broker ended before the rebalance
    const storedLeader = reason === null ? classic.roster.leaderId : null
    encoder.group(groupId, groupToRecord(classic, assignments, storedLeader))
    const written = live.writes.replace(encoder.finish())
    world.logger.info('group-downgraded', { group: groupId, members: members.length })
    if (reason !== null) classic.prepareRebalance(reason)
    return written
  }

  /** Who comes founds a classic group; what it writes comes after what is deleted here. */
  #makeEmptyClassic(live: LiveGroup): void {
    const { groups, classicWorld } = this.#options
    live.timers.clear()
    groups.set(live.groupId, new ClassicGroup(live.groupId, classicWorld))
    void live.writes.replace([])
  }
}

/** Whether all are of the classic protocol, and know an assignor that they could agree on. */
function shareProtocol(members: readonly ConsumerMember[]): boolean {
  const [first] = members
  return (first?.classic?.protocols ?? []).some(({ name }) =>
    members.every(({ classic }) => classic?.protocols.some((other) => other.name === name)),
  )
}

function failedHeartbeat(errorCode: ErrorCode): HeartbeatAnswer {
  return refusedHeartbeat(refusal(errorCode, NOT_STORED))
}
