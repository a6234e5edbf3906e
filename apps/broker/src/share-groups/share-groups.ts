import { ErrorCode } from '@pafka/protocol'

import { LEAVE_EPOCH } from '../consumer-groups/consumer-member.ts'
import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { type AppendRecords, GroupWrites, NOT_STORED } from '../consumer-groups/group-writes.ts'
import type { AnyGroup } from '../groups/any-group.ts'
import type { Answered, WhenReady } from '../groups/when-ready.ts'
import { LiveShareGroup } from './live-share-group.ts'
import { shareGroupFormat } from './share-group-codec.ts'
import type { SharedTopics, ShareGroupRecord } from './share-group-record.ts'
import { ShareGroup, shareGroupFrom } from './share-group.ts'
import {
  leaveShareGroup,
  refusedShareHeartbeat,
  removeShareMember,
  shareHeartbeat,
  type ShareHeartbeatAnswer,
  type ShareHeartbeatRequest,
  topicsWithout,
} from './share-heartbeat.ts'
import type { ShareGroupSettings, ShareWorld } from './share-world.ts'

/** Drops what a group made of topics. */
export type ForgetTopics = (groupId: string, topics: SharedTopics) => Promise<ErrorCode>

interface ShareGroupsOptions {
  /** Groups of all kinds, by id. */
  readonly groups: Map<string, AnyGroup>
  readonly world: ShareWorld
  readonly append: AppendRecords
  readonly forget: ForgetTopics
  readonly whenReady: WhenReady
}

/**
 * All share groups of this broker: takes what members say to the group's state, what it emitted to
 * the log, and only then the answer to the member.
 */
export class ShareGroups {
  readonly #options: ShareGroupsOptions

  constructor(options: ShareGroupsOptions) {
    this.#options = options
  }

  settingsOf(groupId: string): ShareGroupSettings {
    return this.#options.world.settingsOf(groupId)
  }

  /** As the log says it is. */
  load(groupId: string, records: readonly ShareGroupRecord[]): void {
    const live = this.#add(shareGroupFrom(groupId, records))
    live.startSessions()
  }

  heartbeat(groupId: string, request: ShareHeartbeatRequest): Answered<ShareHeartbeatAnswer> {
    return this.#options.whenReady(groupId, refusedUntilReady, () => {
      const live = this.#groupFor(groupId, request)
      if (!(live instanceof LiveShareGroup)) return refusedShareHeartbeat(live)
      const answer =
        request.memberEpoch === LEAVE_EPOCH
          ? leaveShareGroup(live, request.memberId)
          : shareHeartbeat(live, request)
      return live.writes.answer(answer, failedHeartbeat)
    })
  }

  /** @returns a code instead, GROUP_ID_NOT_FOUND for any that is no share group */
  find(groupId: string): Answered<ShareGroup | ErrorCode> {
    return this.#options.whenReady<ShareGroup | ErrorCode>(groupId, code, () => {
      const live = this.#options.groups.get(groupId)
      return live instanceof LiveShareGroup ? live.group : ErrorCode.GROUP_ID_NOT_FOUND
    })
  }

  /** Changes what a group has state of. Only one that nobody is in may be changed so. */
  setTopics(groupId: string, change: (topics: SharedTopics) => SharedTopics): Answered<ErrorCode> {
    return this.#options.whenReady<ErrorCode>(groupId, code, () => {
      const live = this.#options.groups.get(groupId)
      if (!(live instanceof LiveShareGroup)) return ErrorCode.GROUP_ID_NOT_FOUND
      return changeTopics(live, change)
    })
  }

  /** As `setTopics`, and makes the group if there is none by that name, of any kind. */
  beginTopics(
    groupId: string,
    change: (topics: SharedTopics) => SharedTopics,
  ): Answered<ErrorCode> {
    return this.#options.whenReady<ErrorCode>(groupId, code, () => {
      const live = this.#options.groups.get(groupId)
      if (live instanceof LiveShareGroup) return changeTopics(live, change)
      if (live !== undefined) return ErrorCode.GROUP_ID_NOT_FOUND
      const group = new ShareGroup(groupId)
      // a group is not made for topics that are not there
      if (change(group.topics).size === 0) return ErrorCode.NONE
      group.emit({ kind: 'group', value: group.basis })
      return changeTopics(this.#add(group), change)
    })
  }

  /** The group is deleted. */
  forget({ group }: LiveShareGroup): Promise<ErrorCode> {
    return this.#options.forget(group.groupId, group.topics)
  }

  /** What a group may have of topics that are gone is of no use. */
  async topicsDeleted(): Promise<void> {
    const { groups, world } = this.#options
    const writes: Promise<ErrorCode>[] = []
    for (const live of groups.values()) {
      if (!(live instanceof LiveShareGroup)) continue
      const isGone = (topicId: string): boolean => world.topics.byId(topicId) === undefined
      const value = topicsWithout(live.group.topics, isGone)
      if (value === undefined) continue
      const gone = new Map([...live.group.topics].filter(([topicId]) => isGone(topicId)))
      writes.push(this.#options.forget(live.groupId, gone))
      live.group.emit({ kind: 'topics', value })
      const writing = live.writes.write()
      if (writing !== undefined) writes.push(writing)
    }
    await Promise.all(writes)
  }

  #groupFor(groupId: string, { memberEpoch }: ShareHeartbeatRequest): LiveShareGroup | Refusal {
    const found = this.#options.groups.get(groupId)
    if (found instanceof LiveShareGroup) return found
    if (found !== undefined || memberEpoch !== 0) {
      return refusal(ErrorCode.GROUP_ID_NOT_FOUND, `There is no share group ${groupId}.`)
    }
    return this.#add(new ShareGroup(groupId))
  }

  #add(group: ShareGroup): LiveShareGroup {
    const { groups, world, append } = this.#options
    const live = new LiveShareGroup({
      group,
      world,
      writes: new GroupWrites(group, shareGroupFormat, append),
      expired: (one, memberId) => this.#expire(one, memberId),
    })
    groups.set(group.groupId, live)
    return live
  }

  #expire(live: LiveShareGroup, memberId: string): void {
    const { groups, world } = this.#options
    const { groupId: group } = live
    if (groups.get(group) !== live || !live.group.members.has(memberId)) return
    world.logger.info('group-member-expired', { group, member: memberId, duty: 'session' })
    removeShareMember(live, memberId)
    void live.writes.write()
  }
}

function changeTopics(
  { group, writes }: LiveShareGroup,
  change: (topics: SharedTopics) => SharedTopics,
): Answered<ErrorCode> {
  if (!group.isEmpty) return ErrorCode.NON_EMPTY_GROUP
  group.emit({ kind: 'topics', value: change(group.topics) })
  return writes.answer(ErrorCode.NONE, code)
}

function failedHeartbeat(errorCode: ErrorCode): ShareHeartbeatAnswer {
  return refusedShareHeartbeat(refusal(errorCode, NOT_STORED))
}

function refusedUntilReady(errorCode: ErrorCode): ShareHeartbeatAnswer {
  return refusedShareHeartbeat(refusal(errorCode, 'The coordinator cannot answer yet.'))
}

function code(errorCode: ErrorCode): ErrorCode {
  return errorCode
}
