import { ErrorCode } from '@pafka/protocol'

import { removalOf } from '../consumer-groups/assigned-group.ts'
import { LEAVE_EPOCH } from '../consumer-groups/consumer-member.ts'
import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { type AppendRecords, GroupWrites, NOT_STORED } from '../consumer-groups/group-writes.ts'
import type { MemberDuty } from '../consumer-groups/member-timers.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import type { AnyGroup } from '../groups/any-group.ts'
import { ClassicGroup } from '../groups/classic-group.ts'
import type { Answered, WhenReady } from '../groups/when-ready.ts'
import { OffsetsRecordEncoder } from '../groups/offsets-record.ts'
import { describeStreamsGroup, type StreamsGroupDescription } from './describe-streams-group.ts'
import { LiveStreamsGroup } from './live-streams-group.ts'
import { streamsGroupFrom } from './stored-streams-group.ts'
import { unknownStreamsMember } from './streams-checks.ts'
import { streamsGroupFormat } from './streams-group-codec.ts'
import { StreamsGroup } from './streams-group.ts'
import type { StreamsGroupRecord } from './streams-group-record.ts'
import {
  leftStreamsAnswer,
  refusedStreamsHeartbeat,
  streamsHeartbeat,
  type StreamsHeartbeatAnswer,
} from './streams-heartbeat.ts'
import type { StreamsHeartbeatRequest } from './streams-heartbeat-request.ts'
import { updateStreamsTarget } from './streams-target.ts'
import type { StreamsWorld } from './streams-world.ts'

export interface StreamsGroupsOptions {
  /** Groups of all kinds, by id. */
  readonly groups: Map<string, AnyGroup>
  readonly world: StreamsWorld
  readonly append: AppendRecords
  readonly whenReady: WhenReady
}

/**
 * All streams groups of this broker: takes what members say to the group's state, what it emitted
 * to the log, and only then the answer to the member.
 */
export class StreamsGroups {
  readonly #options: StreamsGroupsOptions

  constructor(options: StreamsGroupsOptions) {
    this.#options = options
  }

  /** As the log says it is. */
  load(groupId: string, records: readonly StreamsGroupRecord[]): void {
    const live = this.#add(streamsGroupFrom(groupId, records))
    live.startTimers()
  }

  heartbeat(groupId: string, request: StreamsHeartbeatRequest): Answered<StreamsHeartbeatAnswer> {
    return this.#options.whenReady(groupId, notReady, () => this.#heartbeat(groupId, request))
  }

  /** @returns a code instead, GROUP_ID_NOT_FOUND for any that is no streams group */
  describe(groupId: string): Answered<StreamsGroupDescription | ErrorCode> {
    const { groups, whenReady } = this.#options
    return whenReady<StreamsGroupDescription | ErrorCode>(groupId, sameCode, () => {
      const live = groups.get(groupId)
      return live instanceof LiveStreamsGroup
        ? describeStreamsGroup(live)
        : ErrorCode.GROUP_ID_NOT_FOUND
    })
  }

  #heartbeat(groupId: string, request: StreamsHeartbeatRequest): Answered<StreamsHeartbeatAnswer> {
    const live = this.#groupFor(groupId, request)
    if (!(live instanceof LiveStreamsGroup)) return refusedStreamsHeartbeat(live)
    const isLeaving = request.memberEpoch === LEAVE_EPOCH
    const answer = isLeaving ? this.#leave(live, request) : streamsHeartbeat(live, request)
    return live.writes.answer(answer, notStored)
  }

  #leave(
    live: LiveStreamsGroup,
    { memberId, memberEpoch, shutdownApplication }: StreamsHeartbeatRequest,
  ): StreamsHeartbeatAnswer {
    const { group } = live
    if (!group.members.has(memberId)) {
      return refusedStreamsHeartbeat(unknownStreamsMember(group, memberId))
    }
    if (shutdownApplication) live.shutdownAskedBy ??= memberId
    removeMember(live, memberId)
    return leftStreamsAnswer(memberId, memberEpoch)
  }

  #groupFor(groupId: string, { memberEpoch }: StreamsHeartbeatRequest): LiveStreamsGroup | Refusal {
    const { groups, world } = this.#options
    const found = groups.get(groupId)
    if (found instanceof LiveStreamsGroup) return found
    const mayFound =
      found === undefined || (found instanceof ClassicGroup && found.state === 'Empty')
    if (memberEpoch !== 0 || !mayFound) {
      return refusal(ErrorCode.GROUP_ID_NOT_FOUND, `There is no streams group ${groupId}.`)
    }
    const group = new StreamsGroup(groupId)
    if (found === undefined) return this.#add(group)
    // whoever waits for the classic group joins again, and finds another kind
    found.die(ErrorCode.REBALANCE_IN_PROGRESS)
    const encoder = new OffsetsRecordEncoder()
    encoder.groupTombstone(groupId)
    world.logger.info('group-of-streams', { group: groupId })
    return this.#add(group, encoder.finish())
  }

  #add(group: StreamsGroup, before: readonly CoordinatorRecord[] = []): LiveStreamsGroup {
    const { groups, world, append } = this.#options
    const live = new LiveStreamsGroup({
      group,
      world,
      writes: new GroupWrites(group, streamsGroupFormat, append, before),
      expired: (one, memberId, duty) => this.#expire(one, memberId, duty),
      waited: (one) => this.#endWait(one),
    })
    groups.set(group.groupId, live)
    return live
  }

  #expire(live: LiveStreamsGroup, memberId: string, duty: MemberDuty): void {
    const { groups, world } = this.#options
    if (groups.get(live.groupId) !== live || !live.group.members.has(memberId)) return
    world.logger.info('group-member-expired', { group: live.groupId, member: memberId, duty })
    removeMember(live, memberId)
    void live.writes.write()
  }

  #endWait(live: LiveStreamsGroup): void {
    if (this.#options.groups.get(live.groupId) !== live || live.group.isEmpty) return
    updateStreamsTarget(live)
    void live.writes.write()
  }
}

/** What it had is free for the others, and a new epoch assigns it. */
function removeMember(live: LiveStreamsGroup, memberId: string): void {
  const { group, timers } = live
  for (const record of removalOf(memberId)) group.emit(record)
  timers.forget(memberId)
  group.emit({ kind: 'group', value: { ...group.basis, epoch: group.epoch + 1 } })
  if (group.isEmpty) live.shutdownAskedBy = null
}

function notStored(errorCode: ErrorCode): StreamsHeartbeatAnswer {
  return refusedStreamsHeartbeat(refusal(errorCode, NOT_STORED))
}

function notReady(errorCode: ErrorCode): StreamsHeartbeatAnswer {
  return refusedStreamsHeartbeat(refusal(errorCode, 'The coordinator cannot answer yet.'))
}

function sameCode(errorCode: ErrorCode): ErrorCode {
  return errorCode
}
