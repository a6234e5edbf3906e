import {
  JoinGroup,
  type JoinGroupRequest,
  type JoinGroupResponse,
  OffsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  SyncGroup,
  type SyncGroupResponse,
} from '@pafka/protocol'

import { HandlerRig } from './handler-rig.ts'

/** A rig whose groups do not wait for more members, with the topic `flights` of two partitions. */
export async function startGroupRig(): Promise<HandlerRig> {
  const settings = { 'group.initial.rebalance.delay.ms': 0 }
  const rig = await HandlerRig.start({ settings })
  rig.broker.groups.start()
  await rig.createTopic('flights', { partitions: 2 })
  return rig
}

export function joinRequest(more: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
    reason: null,
    ...more,
  }
}

/** Joins as a client of that version does, alone in its group. */
export async function enter(
  rig: HandlerRig,
  version: number,
  more: Partial<JoinGroupRequest> = {},
): Promise<JoinGroupResponse> {
  let { memberId = '' } = more
  if (version >= 4 && memberId === '' && (more.groupInstanceId ?? null) === null) {
    memberId = (await rig.ask(JoinGroup, version, joinRequest(more))).memberId
  }
  const joining = rig.ask(JoinGroup, version, joinRequest({ ...more, memberId }))
  rig.clock.advance(0)
  return joining
}

/** Assigns `p0` to a member that leads. */
export function assign(
  rig: HandlerRig,
  version: number,
  { memberId, generationId }: Pick<JoinGroupResponse, 'memberId' | 'generationId'>,
): Promise<SyncGroupResponse> {
  return rig.ask(SyncGroup, version, {
    groupId: 'g',
    generationId,
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId, assignment: Buffer.from('p0') }],
  })
}

export interface OffsetWish {
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly metadata?: string | null
}

/** Commits one offset, of `flights`-0 unless told otherwise, as somebody who is in no group. */
export function commit(
  rig: HandlerRig,
  version: number,
  { topic = 'flights', partition = 0, offset = 42, metadata = 'note' }: OffsetWish = {},
  more: Partial<OffsetCommitRequest> = {},
): Promise<OffsetCommitResponse> {
  const topicId = rig.broker.topics.byName(topic)?.id ?? 'AAAAAAAAAAAAAAAAAAAAEQ'
  const committed = {
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch: 3,
    committedMetadata: metadata,
  }
  return rig.ask(OffsetCommit, version, {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [{ name: topic, topicId, partitions: [committed] }],
    ...more,
  })
}
