import {
  ErrorCode,
  StreamsGroupHeartbeat,
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
} from '@pafka/protocol'

import { makeInternalTopics } from '../streams-groups/internal-topics.ts'
import { checkStreamsHeartbeat } from '../streams-groups/check-streams-heartbeat.ts'
import { StreamsStatus } from '../streams-groups/configured-topology.ts'
import { sortedTags } from '../streams-groups/streams-member.ts'
import {
  refusedStreamsHeartbeat,
  type StreamsHeartbeatAnswer,
} from '../streams-groups/streams-heartbeat.ts'
import type { StreamsHeartbeatRequest } from '../streams-groups/streams-heartbeat-request.ts'
import { listOfTasks, type Tasks, tasksFrom } from '../streams-groups/tasks.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/**
 * All that a member of a streams group says and is told (KIP-1071). Source:
 * StreamsGroupHeartbeatRequest.json.
 */
export const streamsGroupHeartbeat: RequestHandler = defineHandler(
  StreamsGroupHeartbeat,
  [0, 0],
  answer,
)

async function answer(
  request: StreamsGroupHeartbeatRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<StreamsGroupHeartbeatResponse> {
  const invalid = checkStreamsHeartbeat(request)
  if (invalid !== undefined) return responseTo(request, refusedStreamsHeartbeat(invalid), 0)
  const { groups, groupConfigs } = broker
  const { groupId } = request
  const said = heartbeatOf(request, origin)
  let told = await groups.streams.heartbeat(groupId, said)
  if (told.toMake.length > 0) {
    const failure = await makeInternalTopics(told.toMake, broker)
    if (failure !== undefined) told = withFailure(told, failure)
    // who joins need not wait for its next heartbeat to be given tasks
    else if (said.memberEpoch === 0) told = await groups.streams.heartbeat(groupId, said)
  }
  return responseTo(request, told, groupConfigs.valuesOf(groupId).streamsHeartbeatIntervalMs)
}

function heartbeatOf(
  request: StreamsGroupHeartbeatRequest,
  { clientId, remoteAddress }: RequestOrigin,
): StreamsHeartbeatRequest {
  const { userEndpoint, clientTags } = request
  return {
    memberId: request.memberId,
    memberEpoch: request.memberEpoch,
    endpointEpoch: request.endpointInformationEpoch,
    rackId: request.rackId,
    clientId: clientId ?? '',
    clientHost: `/${remoteAddress}`, // as Java prints an address without a name
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    topology: request.topology,
    reported: reportedBy(request),
    processId: request.processId,
    userEndpoint,
    clientTags: clientTags && sortedTags(clientTags),
    shutdownApplication: request.shutdownApplication,
  }
}

function reportedBy(request: StreamsGroupHeartbeatRequest): Tasks | null {
  const { activeTasks, standbyTasks, warmupTasks } = request
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return null
  return {
    active: tasksFrom(activeTasks),
    standby: tasksFrom(standbyTasks),
    warmup: tasksFrom(warmupTasks),
  }
}

function withFailure(told: StreamsHeartbeatAnswer, failure: string): StreamsHeartbeatAnswer {
  const status = told.status.map((one) => {
    const { statusCode, statusDetail } = one
    if (statusCode !== StreamsStatus.MISSING_INTERNAL_TOPICS) return one
    return { statusCode, statusDetail: `${statusDetail}; Creation failed: ${failure}.` }
  })
  return { ...told, status }
}

function responseTo(
  { memberEpoch }: StreamsGroupHeartbeatRequest,
  told: StreamsHeartbeatAnswer,
  heartbeatIntervalMs: number,
): StreamsGroupHeartbeatResponse {
  const { errorCode, tasks } = told
  const goesOn = errorCode === ErrorCode.NONE && memberEpoch >= 0
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage: told.errorMessage,
    memberId: told.memberId,
    memberEpoch: told.memberEpoch,
    heartbeatIntervalMs: goesOn ? heartbeatIntervalMs : 0,
    acceptableRecoveryLag: 0, // no member is warmed up, so none is asked how far it is
    taskOffsetIntervalMs: 0,
    status: told.status,
    activeTasks: tasks && listOfTasks(tasks.active),
    standbyTasks: tasks && listOfTasks(tasks.standby),
    warmupTasks: tasks && listOfTasks(tasks.warmup),
    endpointInformationEpoch: told.endpointEpoch,
    partitionsByUserEndpoint: told.endpoints,
  }
}
