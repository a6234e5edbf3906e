import { ConsumerGroupDescribe, ConsumerGroupHeartbeat } from '@pafka/protocol'

import { OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import { defineErrorAnswer, type ErrorAnswer, ORDERED_MESSAGE } from './error-answer.ts'

export const consumerGroupHeartbeatError: ErrorAnswer = defineErrorAnswer(
  ConsumerGroupHeartbeat,
  (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    errorMessage: ORDERED_MESSAGE,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }),
)

export const consumerGroupDescribeError: ErrorAnswer = defineErrorAnswer(
  ConsumerGroupDescribe,
  ({ groupIds }, { errorCode }) => {
    if (groupIds.length === 0) return undefined
    const groups = groupIds.map((groupId) => ({
      errorCode,
      errorMessage: ORDERED_MESSAGE,
      groupId,
      groupState: '',
      groupEpoch: 0,
      assignmentEpoch: 0,
      assignorName: '',
      members: [],
      authorizedOperations: OPERATIONS_NOT_ASKED,
    }))
    return { throttleTimeMs: 0, groups }
  },
)
