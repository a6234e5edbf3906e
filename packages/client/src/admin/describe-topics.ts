import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  ErrorCode,
} from '@pafka/protocol'

import type { PartitionMetadata, TopicMetadata } from '../cluster/cluster-metadata.ts'
import { brokerError } from '../errors/broker-error.ts'
import type { KafkaError, KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { type AclOperation, operationsOf } from './acl.ts'
import type { AdminParts } from './admin-call.ts'
import { type Answers, askEach, refusedForGood } from './ask-each.ts'
import type { Outcome } from './outcome.ts'

export interface PartitionDescription extends PartitionMetadata {
  /** May lead without loss, though not in sync (KIP-966); undefined where that is not known. */
  readonly eligibleLeaders: readonly number[] | undefined
  readonly lastKnownEligibleLeaders: readonly number[] | undefined
}

export interface TopicDescription extends TopicMetadata {
  readonly partitions: readonly PartitionDescription[]
  /** What we may do with it; undefined where the broker does not say it. */
  readonly operations: readonly AclOperation[] | undefined
}

const API = 'DescribeTopicPartitions'
/** Partitions in one answer: as many as brokers give by default. */
const PAGE_PARTITIONS = 2000

type WireTopic = DescribeTopicPartitionsResponse['topics'][number]
/** Where a page begins. */
type PagePlace = DescribeTopicPartitionsRequest['cursor']

/** Page by page, however many partitions they have. */
export async function describeTopics(
  parts: AdminParts,
  names: readonly string[],
  options: CallOptions,
): Promise<Outcome<TopicDescription>> {
  const attempt = async (left: readonly string[]): Promise<Answers<string, TopicDescription>> => {
    const all = await allPages(parts, left.toSorted())
    return new Map(all.map((topic) => [topic.name ?? '', answerFrom(topic)]))
  }
  return askEach(parts, names, attempt, { ...options, about: aboutTopic })
}

async function allPages(
  { cluster }: AdminParts,
  names: readonly string[],
): Promise<readonly WireTopic[]> {
  const found = new Map<string, WireTopic>()
  let place: PagePlace = null
  do {
    const from: string = place?.topicName ?? ''
    // oxlint-disable-next-line no-await-in-loop -- where the next page begins is in this one
    const page: DescribeTopicPartitionsResponse = await cluster.askAny({
      api: DescribeTopicPartitions,
      request: {
        topics: names.filter((name) => name >= from).map((name) => ({ name })),
        responsePartitionLimit: PAGE_PARTITIONS,
        cursor: place,
      },
    })
    for (const topic of page.topics) {
      const name = topic.name ?? ''
      const before = found.get(name)?.partitions ?? []
      found.set(name, { ...topic, partitions: [...before, ...topic.partitions] })
    }
    const next = page.nextCursor ?? null
    if (!isAfter(next, place)) {
      throw brokerError(ErrorCode.UNKNOWN_SERVER_ERROR, 'pages that do not go on', { api: API })
    }
    place = next
  } while (place !== null)
  return [...found.values()]
}

/** Otherwise it would never end. */
function isAfter(next: PagePlace, before: PagePlace): boolean {
  if (next === null || before === null) return true
  if (next.topicName !== before.topicName) return next.topicName > before.topicName
  return next.partitionIndex > before.partitionIndex
}

function answerFrom(topic: WireTopic): TopicDescription | KafkaError {
  const name = topic.name ?? ''
  if (topic.errorCode !== ErrorCode.NONE) {
    return refusedForGood(topic, { api: API, ...aboutTopic(name) })
  }
  const { topicId: id, isInternal, topicAuthorizedOperations } = topic
  return {
    ...{ name, id, isInternal, operations: operationsOf(topicAuthorizedOperations) },
    partitions: topic.partitions
      .map(({ partitionIndex: partition, leaderId, leaderEpoch, ...nodes }) => ({
        ...{ partition, leaderId, leaderEpoch, replicas: nodes.replicaNodes },
        ...{ inSyncReplicas: nodes.isrNodes, offlineReplicas: nodes.offlineReplicas },
        eligibleLeaders: nodes.eligibleLeaderReplicas ?? undefined,
        lastKnownEligibleLeaders: nodes.lastKnownElr ?? undefined,
      }))
      .toSorted((one, other) => one.partition - other.partition),
  }
}

export function aboutTopic(topic: string): KafkaErrorContext {
  return { topic }
}
