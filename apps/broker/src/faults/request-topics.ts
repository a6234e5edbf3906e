import {
  AddPartitionsToTxn,
  type Api,
  CreatePartitions,
  CreateTopics,
  DeleteRecords,
  DeleteTopics,
  DescribeProducers,
  DescribeTopicPartitions,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  OffsetForLeaderEpoch,
  Produce,
  TxnOffsetCommit,
} from '@pafka/protocol'

import type { HandlerContext } from '../handlers/handler-context.ts'
import type { TopicApi } from './fault-apis.ts'

/** A topic as requests name it: Kafka's schemas call the name `name` or `topic`. */
interface NamedTopic {
  readonly name?: string | null
  readonly topic?: string
  readonly topicId?: string
}

/** The topics that a request is about; null for all there are. */
type TopicsOf<Request> = (request: Request, broker: HandlerContext) => readonly NamedTopic[] | null

function topicsOf<Request, Response>(
  _api: Api<Request, Response>,
  find: TopicsOf<Request>,
): TopicsOf<unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked up by the request's API
  return find as unknown as TopicsOf<unknown>
}

const TOPICS: Readonly<Record<TopicApi, TopicsOf<unknown>>> = {
  AddPartitionsToTxn: topicsOf(AddPartitionsToTxn, ({ transactions, v3AndBelowTopics }) => [
    ...v3AndBelowTopics,
    ...transactions.flatMap(({ topics }) => topics),
  ]),
  CreatePartitions: topicsOf(CreatePartitions, ({ topics }) => topics),
  CreateTopics: topicsOf(CreateTopics, ({ topics }) => topics),
  DeleteRecords: topicsOf(DeleteRecords, ({ topics }) => topics),
  DeleteTopics: topicsOf(DeleteTopics, ({ topics, topicNames }) => [
    ...topics,
    ...topicNames.map((name) => ({ name })),
  ]),
  DescribeProducers: topicsOf(DescribeProducers, ({ topics }) => topics),
  DescribeTopicPartitions: topicsOf(DescribeTopicPartitions, ({ topics }) =>
    topics.length === 0 ? null : topics,
  ),
  // A fetch session's later requests name only what changed (KIP-227).
  Fetch: topicsOf(Fetch, ({ topics, sessionId }, { fetchSessions }) => [
    ...topics,
    ...(fetchSessions.get(sessionId)?.partitions.values() ?? []),
  ]),
  ListOffsets: topicsOf(ListOffsets, ({ topics }) => topics),
  Metadata: topicsOf(Metadata, ({ topics }) => topics),
  OffsetCommit: topicsOf(OffsetCommit, ({ topics }) => topics),
  OffsetDelete: topicsOf(OffsetDelete, ({ topics }) => topics),
  OffsetFetch: topicsOf(OffsetFetch, ({ topics, groups }) => {
    if (groups.length === 0) return topics
    if (groups.some((group) => group.topics === null)) return null
    return groups.flatMap((group) => group.topics ?? [])
  }),
  OffsetForLeaderEpoch: topicsOf(OffsetForLeaderEpoch, ({ topics }) => topics),
  Produce: topicsOf(Produce, ({ topicData }) => topicData),
  TxnOffsetCommit: topicsOf(TxnOffsetCommit, ({ topics }) => topics),
}

export function isTopicApi(api: string): api is TopicApi {
  return Object.hasOwn(TOPICS, api)
}

/** Whether a request is about a topic, which it may name by name, by id, or by asking for all. */
export function isAboutTopic(
  api: TopicApi,
  request: unknown,
  topic: string,
  broker: HandlerContext,
): boolean {
  const named = TOPICS[api](request, broker)
  if (named === null) return true
  const id = broker.topics.byName(topic)?.id
  return named.some((each) => {
    if (each.name === topic || each.topic === topic) return true
    return id !== undefined && each.topicId === id
  })
}
