import { ErrorCode, Metadata, ZERO_UUID } from '@pafka/protocol'

import { metadataFrom } from '../cluster/cluster-metadata.ts'
import type { TopicPartition } from '../cluster/topic-partition.ts'
import { brokerError } from '../errors/broker-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { AdminParts } from './admin-call.ts'
import { answerOf, type Places } from './ask-each.ts'

/** Who leads each; of what is not there it is told at once. @throws {KafkaError} */
export async function leadersOf<Item extends TopicPartition>(
  { cluster }: AdminParts,
  partitions: readonly Item[],
): Promise<Places<Item>> {
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const answer = await cluster.askAny({
    api: Metadata,
    versions: { min: 5 },
    request: {
      topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    },
  })
  const topics = new Map(metadataFrom(answer).topics.map((one) => [one.name, one]))
  const missing = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  const placeOf = ({ topic, partition }: TopicPartition): number | KafkaError => {
    const context = { topic, partition, api: 'Metadata' }
    const found = topics.get(topic) ?? { errorCode: missing }
    if ('errorCode' in found) return answerOf(found, context, -1)
    const place = found.topic.partitions.find((one) => one.partition === partition)
    if (place === undefined) return answerOf({ errorCode: missing }, context, -1)
    if (place.leaderId >= 0) return place.leaderId
    return brokerError(ErrorCode.LEADER_NOT_AVAILABLE, null, context)
  }
  return new Map(partitions.map((one) => [one, placeOf(one)]))
}
