import {
  ErrorCode,
  ShareGroupDescribe,
  type ShareGroupDescribeRequest,
  type ShareGroupDescribeResponse,
  type ShareGroupDescribeResponseDescribedGroup,
} from '@pafka/protocol'

import { groupOperations, OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import { refusal, type Refusal } from '../consumer-groups/find-member.ts'
import { shareProblem } from '../share-groups/share-feature.ts'
import type { ShareGroup } from '../share-groups/share-group.ts'
import { SIMPLE_ASSIGNOR } from '../share-groups/simple-assignor.ts'
import { namedPartitions } from './consumer-group-describe.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: ShareGroupDescribeRequest.json. */
export const shareGroupDescribe: RequestHandler = defineHandler(ShareGroupDescribe, [1, 1], answer)

async function answer(
  { groupIds, includeAuthorizedOperations }: ShareGroupDescribeRequest,
  broker: HandlerContext,
): Promise<ShareGroupDescribeResponse> {
  const authorizedOperations = groupOperations(includeAuthorizedOperations)
  const problem = shareProblem(broker.features)
  const groups = await Promise.all(
    groupIds.map(async (groupId): Promise<ShareGroupDescribeResponseDescribedGroup> => {
      if (problem !== undefined) return failure(groupId, problem)
      if (groupId === '') return failure(groupId, refusal(ErrorCode.INVALID_GROUP_ID, ''))
      const found = await broker.groups.share.find(groupId)
      if (typeof found !== 'number') return { ...described(found, broker), authorizedOperations }
      const isAbsent = found === ErrorCode.GROUP_ID_NOT_FOUND
      return failure(groupId, refusal(found, isAbsent ? `There is no share group ${groupId}.` : ''))
    }),
  )
  return { throttleTimeMs: 0, groups }
}

function described(
  group: ShareGroup,
  { topics }: HandlerContext,
): Omit<ShareGroupDescribeResponseDescribedGroup, 'authorizedOperations'> {
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: SIMPLE_ASSIGNOR,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.topicNames,
      assignment: namedPartitions(member.assigned, topics),
    })),
  }
}

function failure(
  groupId: string,
  { errorCode, errorMessage }: Refusal,
): ShareGroupDescribeResponseDescribedGroup {
  return {
    errorCode,
    errorMessage: errorMessage === '' ? null : errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}
