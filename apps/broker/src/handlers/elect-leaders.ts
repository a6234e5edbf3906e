import {
  ElectLeaders,
  type ElectLeadersRequest,
  type ElectLeadersResponse,
  type ElectLeadersResponsePartitionResult,
  ErrorCode,
} from '@pafka/protocol'

import { OFFLINE_TEXT } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Every partition has the only leader it can have. Source: ElectLeadersRequest.json. */
export const electLeaders: RequestHandler = defineHandler(ElectLeaders, [0, 2], answer)

const PREFERRED = 0
const UNCLEAN = 1

/** Of a partition whose only replica is offline. */
const NOBODY = {
  [PREFERRED]: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
  [UNCLEAN]: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
} as const

function answer(
  { electionType, topicPartitions }: ElectLeadersRequest,
  { topics }: HandlerContext,
): ElectLeadersResponse {
  if (electionType !== PREFERRED && electionType !== UNCLEAN) {
    return refused(topicPartitions ?? [], electionType)
  }
  const replicaElectionResults = (topicPartitions ?? allInNeed(topics)).map(
    ({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId): ElectLeadersResponsePartitionResult => {
        const partition = topics.byName(topic)?.partitions[partitionId]
        if (partition === undefined) {
          const errorMessage = `There is no partition ${topic}-${partitionId}.`
          return { partitionId, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
        }
        if (partition.log === undefined) {
          return { partitionId, errorCode: NOBODY[electionType], errorMessage: OFFLINE_TEXT }
        }
        const errorMessage = 'The preferred leader leads already.'
        return { partitionId, errorCode: ErrorCode.ELECTION_NOT_NEEDED, errorMessage }
      }),
    }),
  )
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, replicaElectionResults }
}

type Asked = NonNullable<ElectLeadersRequest['topicPartitions']>

/** As in Kafka: every topic, and of its partitions none that needs no election. */
function allInNeed(topics: HandlerContext['topics']): Asked {
  return topics.all().map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.filter(({ log }) => log === undefined).map(({ index }) => index),
  }))
}

function refused(asked: Asked, electionType: number): ElectLeadersResponse {
  const errorCode = ErrorCode.INVALID_REQUEST
  const errorMessage = `There is no election type ${electionType}.`
  const replicaElectionResults = asked.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage })),
  }))
  return { throttleTimeMs: 0, errorCode, replicaElectionResults }
}
