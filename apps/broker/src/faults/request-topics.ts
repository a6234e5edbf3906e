import type {
  DescribeTopicPartitionsRequest,
  FetchRequest,
  OffsetFetchRequest,
} from '@pafka/protocol'

import type { HandlerContext } from '../handlers/handler-context.ts'
import { type TopicApi, TOPIC_APIS } from './fault-apis.ts'

interface NamedTopic {
  readonly name?: string | null
  readonly topic?: string
  readonly topicId?: string
}

/** Whether a request is about a topic, which it may name by name, by id, or by asking for all. */
export function isAboutTopic(
  api: TopicApi,
  request: unknown,
  topic: string,
  broker: HandlerContext,
): boolean {
  const named = namedTopics(api, request, broker)
  if (named === null) return true
  const topicId = broker.topics.byName(topic)?.id
  return named.some((each) => {
    if (typeof each === 'string') return each === topic
    if (each.name === topic || each.topic === topic) return true
    return topicId !== undefined && each.topicId === topicId
  })
}

export function isTopicApi(api: string): api is TopicApi {
  return (TOPIC_APIS as readonly string[]).includes(api)
}

/** @returns null for a request that is about every topic. */
function namedTopics(
  api: TopicApi,
  request: unknown,
  broker: HandlerContext,
): readonly (NamedTopic | string)[] | null {
  // The dispatcher decoded it with the codec of this very API.
  switch (api) {
    case 'Produce':
      return (request as { topicData: readonly NamedTopic[] }).topicData
    case 'Fetch':
      return fetchedTopics(request as FetchRequest, broker)
    case 'OffsetFetch':
      return offsetFetchTopics(request as OffsetFetchRequest)
    case 'DeleteTopics': {
      const { topics, topicNames } = request as { topics: NamedTopic[]; topicNames: string[] }
      return [...topics, ...topicNames]
    }
    case 'DescribeTopicPartitions': {
      const { topics } = request as DescribeTopicPartitionsRequest
      return topics.length === 0 ? null : topics
    }
    case 'CreatePartitions':
    case 'CreateTopics':
    case 'DeleteRecords':
    case 'DescribeProducers':
    case 'ListOffsets':
    case 'Metadata':
    case 'OffsetCommit':
    case 'OffsetDelete':
    case 'OffsetForLeaderEpoch':
      return (request as { topics: readonly NamedTopic[] | null }).topics
  }
}

/** A fetch session's later requests name only what changed (KIP-227). */
function fetchedTopics(request: FetchRequest, broker: HandlerContext): readonly NamedTopic[] {
  const session = broker.fetchSessions.get(request.sessionId)
  return [...request.topics, ...(session?.partitions.values() ?? [])]
}

function offsetFetchTopics({ topics, groups }: OffsetFetchRequest): readonly NamedTopic[] | null {
  if (groups.length === 0) return topics
  if (groups.some((group) => group.topics === null)) return null
  return groups.flatMap((group) => group.topics ?? [])
}
