import {
  ConsumerGroupDescribe,
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeResponse,
  type ConsumerGroupDescribeResponseAssignment,
  type ConsumerGroupDescribeResponseDescribedGroup,
  type ConsumerGroupDescribeResponseMember,
  ErrorCode,
} from '@pafka/protocol'

import { groupOperations, OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import type { DescribedMember } from '../consumer-groups/describe-consumer-group.ts'
import type { Partitions } from '../consumer-groups/partitions.ts'
import type { TopicsView } from '../consumer-groups/topics-view.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** How a member speaks (KIP-1099). */
const CLASSIC_MEMBER = 0
const CONSUMER_MEMBER = 1

/** Version 1 adds how a member speaks. Source: ConsumerGroupDescribeRequest.json. */
export const consumerGroupDescribe: RequestHandler = defineHandler(
  ConsumerGroupDescribe,
  [0, 1],
  answer,
)

async function answer(
  { groupIds, includeAuthorizedOperations }: ConsumerGroupDescribeRequest,
  broker: HandlerContext,
): Promise<ConsumerGroupDescribeResponse> {
  const authorizedOperations = groupOperations(includeAuthorizedOperations)
  const groups = await Promise.all(
    groupIds.map(async (groupId): Promise<ConsumerGroupDescribeResponseDescribedGroup> => {
      if (groupId === '') return failure(groupId, ErrorCode.INVALID_GROUP_ID)
      const described = await broker.groups.describeConsumerGroup(groupId)
      if (typeof described === 'number') return failure(groupId, described)
      const members = described.members.map((member) => memberAnswer(member, broker.topics))
      const { NONE: errorCode } = ErrorCode
      return { errorCode, errorMessage: null, ...described, members, authorizedOperations }
    }),
  )
  return { throttleTimeMs: 0, groups }
}

function memberAnswer(
  { member, assignment, target }: DescribedMember,
  topics: TopicsView,
): ConsumerGroupDescribeResponseMember {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topicNames,
    subscribedTopicRegex: member.topicPattern ?? '',
    assignment: namedPartitions(assignment, topics),
    targetAssignment: namedPartitions(target, topics),
    memberType: member.classic === null ? CONSUMER_MEMBER : CLASSIC_MEMBER,
  }
}

/** Topics that are gone are left out: they have no name. */
export function namedPartitions(
  partitions: Partitions,
  topics: TopicsView,
): ConsumerGroupDescribeResponseAssignment {
  const topicPartitions = [...partitions].flatMap(([topicId, ofTopic]) => {
    const topicName = topics.byId(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions: ofTopic }]
  })
  return { topicPartitions }
}

function failure(
  groupId: string,
  errorCode: ErrorCode,
): ConsumerGroupDescribeResponseDescribedGroup {
  const isAbsent = errorCode === ErrorCode.GROUP_ID_NOT_FOUND
  return {
    errorCode,
    errorMessage: isAbsent ? `There is no consumer group ${groupId}.` : null,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}
