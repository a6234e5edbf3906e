import { StreamsGroupDescribe, StreamsGroupHeartbeat } from '@pafka/protocol'

import { OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import { defineErrorAnswer, type ErrorAnswer, ORDERED_MESSAGE } from './error-answer.ts'

export const streamsGroupHeartbeatError: ErrorAnswer = defineErrorAnswer(
  StreamsGroupHeartbeat,
  (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    errorMessage: ORDERED_MESSAGE,
    memberId: '',
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    acceptableRecoveryLag: 0,
    taskOffsetIntervalMs: 0,
    status: [],
    activeTasks: null,
    standbyTasks: null,
    warmupTasks: null,
    endpointInformationEpoch: 0,
    partitionsByUserEndpoint: null,
  }),
)

export const streamsGroupDescribeError: ErrorAnswer = defineErrorAnswer(
  StreamsGroupDescribe,
  ({ groupIds }, { errorCode }) => {
    if (groupIds.length === 0) return undefined
    const groups = groupIds.map((groupId) => ({
      errorCode,
      errorMessage: ORDERED_MESSAGE,
      groupId,
      groupState: '',
      groupEpoch: 0,
      assignmentEpoch: 0,
      topology: null,
      members: [],
      authorizedOperations: OPERATIONS_NOT_ASKED,
    }))
    return { throttleTimeMs: 0, groups }
  },
)
