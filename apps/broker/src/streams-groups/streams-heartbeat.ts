import { ErrorCode } from '@pafka/protocol'

import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { type StatusDetail, StreamsStatus, type TopicToMake } from './configured-topology.ts'
import { type EndpointPartitions, endpointPartitions } from './endpoint-partitions.ts'
import type { LiveStreamsGroup } from './live-streams-group.ts'
import { reconcileTasks } from './reconcile-tasks.ts'
import { findStreamsMember, tasksProblem, topologyProblem } from './streams-checks.ts'
import {
  samePairs,
  sameStreamsAssignment,
  sameStreamsMetadata,
  streamsAssignmentOf,
  type StreamsMember,
  type StreamsMetadata,
  streamsMetadataOf,
} from './streams-member.ts'
import { type TargetDelay, updateStreamsTarget } from './streams-target.ts'
import { MemberState } from '../consumer-groups/consumer-member.ts'
import type { StreamsHeartbeatRequest } from './streams-heartbeat-request.ts'
import { sameOwnedTasks, type Tasks, withoutEpochs } from './tasks.ts'

export interface StreamsHeartbeatAnswer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly memberId: string
  readonly memberEpoch: number
  readonly status: readonly StatusDetail[]
  /** All that the member has now; null when that is what it was told before. */
  readonly tasks: Tasks | null
  readonly endpointEpoch: number
  /** Of all members; null when the member knows. */
  readonly endpoints: readonly EndpointPartitions[] | null
  /** Without them no task can run. */
  readonly toMake: readonly TopicToMake[]
}

const NOTHING_TOLD = { status: [], tasks: null, endpointEpoch: 0, endpoints: null, toMake: [] }

export function refusedStreamsHeartbeat({
  errorCode,
  errorMessage,
}: Refusal): StreamsHeartbeatAnswer {
  return { errorCode, errorMessage, memberId: '', memberEpoch: 0, ...NOTHING_TOLD }
}

export function leftStreamsAnswer(memberId: string, memberEpoch: number): StreamsHeartbeatAnswer {
  const errorCode = ErrorCode.NONE
  return { errorCode, errorMessage: null, memberId, memberEpoch, ...NOTHING_TOLD }
}

/** StreamsGroupHeartbeat of a member that stays: it tells, and is told how it goes on. */
export function streamsHeartbeat(
  live: LiveStreamsGroup,
  request: StreamsHeartbeatRequest,
): StreamsHeartbeatAnswer {
  const { group, timers, world } = live
  const isFull = group.members.size >= world.settings.maxSize
  if (isFull && !group.members.has(request.memberId)) {
    const text = `The group has ${group.members.size} members, as many as it may.`
    return refusedStreamsHeartbeat(refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, text))
  }
  const before = findStreamsMember(group, request)
  if ('errorCode' in before) return refusedStreamsHeartbeat(before)
  const problem = topologyProblem(group.topology, request.topology) ?? tasksProblem(live, request)
  if (problem !== undefined) return refusedStreamsHeartbeat(problem)
  const { memberId } = request
  if (group.isEmpty) live.waitForMembers()
  takeMember(live, before, request)
  const delay = updateStreamsTarget(live)
  reconcileStreamsMember(live, memberId, request.reported)
  timers.restart(memberId, 'session', live.times.sessionTimeoutMs)
  if (request.shutdownApplication) live.shutdownAskedBy ??= memberId
  return answerOf(live, { request, before, delay })
}

/** What the member says of itself, and what there is of topics, may make a new epoch. */
function takeMember(
  live: LiveStreamsGroup,
  before: StreamsMember,
  request: StreamsHeartbeatRequest,
): void {
  const { group } = live
  const { memberId, topology } = request
  const metadata = metadataAfter(before, request)
  const isNew = !group.members.has(memberId)
  const isChanged = isNew || !sameStreamsMetadata(before, metadata)
  if (isChanged) group.emit({ kind: 'member', memberId, value: metadata })
  if (group.topology === null) group.emit({ kind: 'topology', value: topology })
  raiseEpoch(live, isChanged)
}

function raiseEpoch(live: LiveStreamsGroup, isChanged: boolean): void {
  const { group, times } = live
  const configured = live.configured()
  if (configured === null) return
  const { metadataHash, problem } = configured
  const validatedTopologyEpoch = problem === null ? (group.topology?.epoch ?? -1) : -1
  const configs = [{ key: 'num.standby.replicas', value: String(times.standbyReplicas) }]
  const { basis } = group
  const isSame =
    !isChanged &&
    basis.metadataHash === metadataHash &&
    basis.validatedTopologyEpoch === validatedTopologyEpoch &&
    samePairs(basis.configs, configs)
  if (isSame) return
  const value = { epoch: group.epoch + 1, metadataHash, validatedTopologyEpoch, configs }
  group.emit({ kind: 'group', value })
}

function metadataAfter(member: StreamsMember, request: StreamsHeartbeatRequest): StreamsMetadata {
  const { rebalanceTimeoutMs, topology } = request
  return {
    ...streamsMetadataOf(member),
    rackId: request.rackId ?? member.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: topology?.epoch ?? member.topologyEpoch,
    processId: request.processId ?? member.processId,
    userEndpoint: request.userEndpoint ?? member.userEndpoint,
    clientTags: request.clientTags ?? member.clientTags,
  }
}

/** One step of a member towards the target, if there is one to take. */
function reconcileStreamsMember(
  { group, timers }: LiveStreamsGroup,
  memberId: string,
  reported: Tasks | null,
): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  const before = streamsAssignmentOf(member)
  const { owners } = group
  const after = reconcileTasks(before, {
    targetEpoch: group.assignmentEpoch,
    target: group.target(memberId),
    reported,
    isActive: (subtopologyId, partition) => owners.active(subtopologyId, partition) !== undefined,
    isInProcess: (subtopologyId, partition) =>
      owners.isIn(member.processId, subtopologyId, partition),
  })
  if (after === before || sameStreamsAssignment(before, after)) return
  group.emit({ kind: 'current', memberId, value: after })
  if (after.state !== MemberState.UNREVOKED) timers.cancel(memberId, 'rebalance')
  else timers.restart(memberId, 'rebalance', member.rebalanceTimeoutMs)
}

interface Beat {
  readonly request: StreamsHeartbeatRequest
  readonly before: StreamsMember
  readonly delay: TargetDelay
}

function answerOf(live: LiveStreamsGroup, beat: Beat): StreamsHeartbeatAnswer {
  const { group } = live
  const { request, before } = beat
  const member = group.members.get(request.memberId) ?? before
  const isNews = request.memberEpoch === 0 || !sameOwnedTasks(before.assigned, member.assigned)
  if (isNews && member.userEndpoint !== null) live.endpointEpoch += 1
  const knowsEndpoints = request.endpointEpoch === live.endpointEpoch
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId: member.memberId,
    memberEpoch: member.memberEpoch,
    status: statusOf(live, member, beat.delay),
    tasks: isNews ? withoutEpochs(member.assigned) : null,
    endpointEpoch: live.endpointEpoch,
    endpoints: knowsEndpoints ? null : endpointPartitions(live),
    toMake: live.configured()?.toMake ?? [],
  }
}

function statusOf(
  live: LiveStreamsGroup,
  { topologyEpoch }: StreamsMember,
  delay: TargetDelay,
): StatusDetail[] {
  const { topology } = live.group
  const status: StatusDetail[] = []
  if (topology !== null && topologyEpoch < topology.epoch) {
    const { STALE_TOPOLOGY: statusCode } = StreamsStatus
    const behind = `is behind the group's topology epoch ${topology.epoch}.`
    const statusDetail = `The member's topology epoch ${topologyEpoch} ${behind}`
    status.push({ statusCode, statusDetail })
  }
  if (delay !== null) {
    const { ASSIGNMENT_DELAYED: statusCode } = StreamsStatus
    const statusDetail = `Assignment delayed due to the configured ${delay}.`
    status.push({ statusCode, statusDetail })
  }
  const problem = live.configured()?.problem ?? null
  if (problem !== null) status.push(problem)
  if (live.shutdownAskedBy !== null) {
    const { SHUTDOWN_APPLICATION: statusCode } = StreamsStatus
    const why = 'encountered a fatal error and requested a shutdown for the entire application.'
    const statusDetail = `Streams group member ${live.shutdownAskedBy} ${why}`
    status.push({ statusCode, statusDetail })
  }
  return status
}
