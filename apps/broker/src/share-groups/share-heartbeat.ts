import { ErrorCode } from '@pafka/protocol'

import { removalOf } from '../consumer-groups/assigned-group.ts'
import { LEAVE_EPOCH, sameNames } from '../consumer-groups/consumer-member.ts'
import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { type Partitions, partitionsOfSets, samePartitions } from '../consumer-groups/partitions.ts'
import { hashOfTopics } from '../consumer-groups/topic-hash.ts'
import type { LiveShareGroup } from './live-share-group.ts'
import type { SharedTopics } from './share-group-record.ts'
import { metadataOf, newShareMember, type ShareMember } from './share-group.ts'
import { assignSimply } from './simple-assignor.ts'

/** Fields that are null are as the member said last. */
export interface ShareHeartbeatRequest {
  readonly memberId: string
  readonly memberEpoch: number
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Sorted, each once. */
  readonly topicNames: readonly string[] | null
}

export interface ShareHeartbeatAnswer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  /** Null when refused. */
  readonly memberId: string | null
  readonly memberEpoch: number
  /** All that the member has now; null when that is what it was told before. */
  readonly assignment: Partitions | null
}

export function refusedShareHeartbeat({ errorCode, errorMessage }: Refusal): ShareHeartbeatAnswer {
  return { errorCode, errorMessage, memberId: null, memberEpoch: 0, assignment: null }
}

/** A member that stays: it tells, and is told what it has now. */
export function shareHeartbeat(
  live: LiveShareGroup,
  request: ShareHeartbeatRequest,
): ShareHeartbeatAnswer {
  const { group, world } = live
  const { memberId, memberEpoch } = request
  const known = group.members.get(memberId)
  if (known === undefined && group.members.size >= world.maxSize) {
    const text = `The group has ${group.members.size} members, as many as it may.`
    return refusedShareHeartbeat(refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, text))
  }
  const problem = known === undefined ? joinProblem(live, request) : epochProblem(known, request)
  if (problem !== undefined) return refusedShareHeartbeat(problem)
  const before = known ?? newShareMember(memberId)
  refreshTopics(live, updateMetadata(live, known, request))
  updateTarget(live)
  takeTarget(live, memberId)
  live.heard(memberId)
  const after = group.members.get(memberId) ?? before
  const isAsking = memberEpoch === 0 || request.topicNames !== null
  const isNews = isAsking || !samePartitions(before.assigned, after.assigned)
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch: after.memberEpoch,
    assignment: isNews ? after.assigned : null,
  }
}

/** A member goes. */
export function leaveShareGroup(live: LiveShareGroup, memberId: string): ShareHeartbeatAnswer {
  const { group } = live
  if (!group.members.has(memberId)) return refusedShareHeartbeat(unknown(live, memberId))
  removeShareMember(live, memberId)
  const errorCode = ErrorCode.NONE
  return { errorCode, errorMessage: null, memberId, memberEpoch: LEAVE_EPOCH, assignment: null }
}

/** Takes a member out; a new epoch assigns what only it had. */
export function removeShareMember(
  { group, timers, world }: LiveShareGroup,
  memberId: string,
): void {
  for (const record of removalOf(memberId)) group.emit(record)
  timers.forget(memberId)
  const metadataHash = hashOfTopics(group.topicNames(), world.topics)
  group.emit({ kind: 'group', value: { epoch: group.epoch + 1, metadataHash } })
}

function joinProblem(
  live: LiveShareGroup,
  { memberId, memberEpoch }: ShareHeartbeatRequest,
): Refusal | undefined {
  return memberEpoch === 0 ? undefined : unknown(live, memberId)
}

function unknown({ groupId }: LiveShareGroup, memberId: string): Refusal {
  return refusal(ErrorCode.UNKNOWN_MEMBER_ID, `Group ${groupId} has no member ${memberId}.`)
}

/** The epoch before is let pass: the answer that told of the next may be lost. */
function epochProblem(
  member: ShareMember,
  { memberEpoch }: ShareHeartbeatRequest,
): Refusal | undefined {
  if (memberEpoch === 0 || memberEpoch === member.memberEpoch) return undefined
  const isBefore = memberEpoch === member.previousEpoch && memberEpoch < member.memberEpoch
  if (isBefore) return undefined
  const text = `The member is in epoch ${member.memberEpoch}, not ${memberEpoch}; it must rejoin.`
  return refusal(ErrorCode.FENCED_MEMBER_EPOCH, text)
}

/** @returns whether it asks for other topics than before. */
function updateMetadata(
  { group }: LiveShareGroup,
  known: ShareMember | undefined,
  request: ShareHeartbeatRequest,
): boolean {
  const { memberId, clientId, clientHost } = request
  const rackId = request.rackId ?? known?.rackId ?? null
  const topicNames = request.topicNames ?? known?.topicNames ?? []
  const value = { rackId, clientId, clientHost, topicNames }
  const hasOtherTopics = known === undefined || !sameNames(known.topicNames, topicNames)
  const before = known && metadataOf(known)
  const isSame =
    !hasOtherTopics &&
    before?.rackId === rackId &&
    before.clientId === clientId &&
    before.clientHost === clientHost
  if (!isSame) group.emit({ kind: 'member', memberId, value })
  return hasOtherTopics
}

/** Other topics, or other partitions of them, are a new epoch and so a new assignment. */
function refreshTopics(live: LiveShareGroup, subscriptionChanged: boolean): void {
  const { group, world } = live
  const seenTopics = world.topicsVersion()
  if (!subscriptionChanged && live.seenTopics === seenTopics) return
  live.seenTopics = seenTopics
  rememberTopics(live)
  const metadataHash = hashOfTopics(group.topicNames(), world.topics)
  if (!subscriptionChanged && metadataHash === group.metadataHash) return
  group.emit({ kind: 'group', value: { epoch: group.epoch + 1, metadataHash } })
}

/** Assigns anew when the group has a new epoch; not more often than configured. */
function updateTarget(live: LiveShareGroup): void {
  const { group, world, settings } = live
  if (group.epoch <= group.assignmentEpoch) return
  const nowMs = world.clock.nowMs()
  const sinceMs = nowMs - group.assignedAtMs
  if (group.assignedAtMs > 0 && sinceMs >= 0 && sinceMs < settings.assignmentIntervalMs) return
  const idsOf = (names: readonly string[]): string[] =>
    names.flatMap((name) => world.topics.byName(name)?.id ?? [])
  const members = [...group.members.values()].map(({ memberId, topicNames }) => ({
    memberId,
    topicIds: idsOf(topicNames),
    before: group.target(memberId),
  }))
  const assigned = assignSimply(members, (id) => world.topics.byId(id)?.partitions.length ?? 0)
  for (const [memberId, value] of assigned) {
    if (!samePartitions(group.target(memberId), value)) {
      group.emit({ kind: 'target', memberId, value })
    }
  }
  group.emit({ kind: 'target-epoch', value: { epoch: group.epoch, timestampMs: nowMs } })
}

/** What the group may come to have state of is known before anybody fetches it. */
function rememberTopics({ group, world }: LiveShareGroup): void {
  const topics = new Map(group.topics)
  let isNew = false
  for (const name of group.topicNames()) {
    const topic = world.topics.byName(name)
    if (topic === undefined) continue
    const { length } = topic.partitions
    const known = topics.get(topic.id)?.partitions.length ?? 0
    if (known >= length) continue
    isNew = true
    topics.set(topic.id, { name, partitions: Array.from({ length }, (_, at) => at) })
  }
  if (isNew) group.emit({ kind: 'topics', value: topics })
}

/** A member has its target at once: nobody has to give up anything for it. */
function takeTarget({ group, world }: LiveShareGroup, memberId: string): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  const names = new Set(member.topicNames)
  const wanted = [...group.target(memberId)].filter(([topicId]) =>
    names.has(world.topics.byId(topicId)?.name ?? ''),
  )
  const assigned = partitionsOfSets(new Map(wanted))
  const { memberEpoch } = member
  const isThere = memberEpoch === group.assignmentEpoch
  if (isThere && samePartitions(member.assigned, assigned)) return
  const value = { memberEpoch: group.assignmentEpoch, previousEpoch: memberEpoch, assigned }
  group.emit({ kind: 'current', memberId, value })
}

/** Without topics that are gone. @returns undefined when none of them is */
export function topicsWithout(
  topics: SharedTopics,
  isGone: (topicId: string) => boolean,
): SharedTopics | undefined {
  const kept = [...topics].filter(([topicId]) => !isGone(topicId))
  return kept.length === topics.size ? undefined : new Map(kept)
}
