import { type ConsumerGroupHeartbeatRequest, ErrorCode } from '@pafka/protocol'

import { LEAVE_EPOCH, LEAVE_STATIC_EPOCH } from './consumer-member.ts'
import { type Refusal, refusal } from './find-member.ts'

/** From here on a client makes its member id itself. */
const OWN_MEMBER_ID_VERSION = 1

/** What is wrong with a request, whatever its group. Source of the rules: Kafka 4.3. */
export function checkHeartbeat(
  request: ConsumerGroupHeartbeatRequest,
  apiVersion: number,
  assignors: readonly string[],
): Refusal | undefined {
  const problem = idProblem(request, apiVersion) ?? epochProblem(request)
  if (problem !== undefined) return refusal(ErrorCode.INVALID_REQUEST, problem)
  const { serverAssignor } = request
  if (serverAssignor === null || assignors.includes(serverAssignor)) return undefined
  const text = `There is no assignor ${serverAssignor}; there are: ${assignors.join(', ')}.`
  return refusal(ErrorCode.UNSUPPORTED_ASSIGNOR, text)
}

function idProblem(
  { memberId, memberEpoch, groupId, instanceId, rackId }: ConsumerGroupHeartbeatRequest,
  apiVersion: number,
): string | undefined {
  const needsId =
    apiVersion >= OWN_MEMBER_ID_VERSION || memberEpoch > 0 || memberEpoch === LEAVE_EPOCH
  if (needsId && memberId === '') return 'MemberId must not be empty.'
  if (groupId === '') return 'GroupId must not be empty.'
  if (instanceId === '') return 'InstanceId must not be empty.'
  return rackId === '' ? 'RackId must not be empty.' : undefined
}

function epochProblem(request: ConsumerGroupHeartbeatRequest): string | undefined {
  const { memberEpoch, topicPartitions } = request
  if (memberEpoch < LEAVE_STATIC_EPOCH) return 'There is no such MemberEpoch.'
  if (memberEpoch === LEAVE_STATIC_EPOCH) {
    return request.instanceId === null ? 'Only a member with an InstanceId may be back.' : undefined
  }
  if (memberEpoch !== 0) return undefined
  if (request.rebalanceTimeoutMs === -1) return 'Who joins must give a RebalanceTimeoutMs.'
  if (topicPartitions === null || topicPartitions.length > 0) {
    return 'Who joins must have no TopicPartitions, and say so.'
  }
  const hasNone = request.subscribedTopicNames === null && request.subscribedTopicRegex === null
  return hasNone ? 'Who joins must say what topics it wants.' : undefined
}
