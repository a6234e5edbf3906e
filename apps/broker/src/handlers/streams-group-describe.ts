import {
  ErrorCode,
  StreamsGroupDescribe,
  type StreamsGroupDescribeRequest,
  type StreamsGroupDescribeResponse,
  type StreamsGroupDescribeResponseAssignment,
  type StreamsGroupDescribeResponseDescribedGroup,
  type StreamsGroupDescribeResponseMember,
} from '@pafka/protocol'

import { groupOperations, OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import type { DescribedStreamsMember } from '../streams-groups/describe-streams-group.ts'
import { listOfTasks, type Tasks } from '../streams-groups/tasks.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** What streams groups are, do and have (KIP-1071). Source: StreamsGroupDescribeRequest.json. */
export const streamsGroupDescribe: RequestHandler = defineHandler(
  StreamsGroupDescribe,
  [0, 0],
  answer,
)

async function answer(
  { groupIds, includeAuthorizedOperations }: StreamsGroupDescribeRequest,
  broker: HandlerContext,
): Promise<StreamsGroupDescribeResponse> {
  const authorizedOperations = groupOperations(includeAuthorizedOperations)
  const groups = await Promise.all(
    groupIds.map(async (groupId): Promise<StreamsGroupDescribeResponseDescribedGroup> => {
      if (groupId === '') return failure(groupId, ErrorCode.INVALID_GROUP_ID)
      const described = await broker.groups.streams.describe(groupId)
      if (typeof described === 'number') return failure(groupId, described)
      const members = described.members.map(memberAnswer)
      const { NONE: errorCode } = ErrorCode
      return { errorCode, errorMessage: null, ...described, members, authorizedOperations }
    }),
  )
  return { throttleTimeMs: 0, groups }
}

function memberAnswer({
  member,
  assignment,
  target,
}: DescribedStreamsMember): StreamsGroupDescribeResponseMember {
  return {
    memberId: member.memberId,
    memberEpoch: member.memberEpoch,
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: member.clientTags,
    taskOffsets: [],
    taskEndOffsets: [],
    assignment: tasksAnswer(assignment),
    targetAssignment: tasksAnswer(target),
    isClassic: false,
  }
}

function tasksAnswer({ active, standby, warmup }: Tasks): StreamsGroupDescribeResponseAssignment {
  return {
    activeTasks: listOfTasks(active),
    standbyTasks: listOfTasks(standby),
    warmupTasks: listOfTasks(warmup),
  }
}

function failure(
  groupId: string,
  errorCode: ErrorCode,
): StreamsGroupDescribeResponseDescribedGroup {
  const isAbsent = errorCode === ErrorCode.GROUP_ID_NOT_FOUND
  return {
    errorCode,
    errorMessage: isAbsent ? `There is no streams group ${groupId}.` : null,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    topology: null,
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}
