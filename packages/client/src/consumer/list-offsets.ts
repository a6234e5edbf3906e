import { ListOffsets, type ListOffsetsResponse } from '@pafka/protocol'

import type { Cluster } from '../cluster/cluster.ts'
import { brokerError } from '../errors/broker-error.ts'
import { connectionLost } from '../errors/client-errors.ts'

/** Instead of a time. Source: Kafka `ListOffsetsRequest`. */
export const EARLIEST = -2
export const LATEST = -1

/** Which offset is wanted: of the first record at a time or after it, the first, or the next. */
export interface OffsetQuestion {
  readonly topic: string
  readonly partition: number
  /** Milliseconds since the epoch, or `EARLIEST`, or `LATEST`. */
  readonly timestamp: number
}

/** Versions before 1 give many offsets, or none. */
const VERSIONS = { min: 1 }
const READ_COMMITTED = 1
const REPLICA_ID = -1

/**
 * Asks the leaders, each once.
 * @param readsCommitted the next offset is that of the first open transaction, if there is one
 * @returns by partition of the question; -1 where no record is so new
 * @throws {KafkaError} of the first that could not be had
 */
export async function listOffsets(
  cluster: Cluster,
  questions: readonly OffsetQuestion[],
  readsCommitted: boolean,
): Promise<ReadonlyMap<OffsetQuestion, number>> {
  const byLeader = new Map<number, OffsetQuestion[]>()
  for (const question of questions) {
    const leaderId = leaderOf(cluster, question)
    byLeader.set(leaderId, [...(byLeader.get(leaderId) ?? []), question])
  }
  const answers = await Promise.all(
    [...byLeader].map(async ([leaderId, own]) => askOne(cluster, leaderId, own, readsCommitted)),
  )
  return new Map(answers.flatMap((answered) => [...answered]))
}

function leaderOf(cluster: Cluster, { topic, partition }: OffsetQuestion): number {
  const leaderId = cluster.metadata.find(topic)?.partitions[partition]?.leaderId ?? -1
  if (leaderId >= 0) return leaderId
  cluster.metadata.outdated()
  throw connectionLost(`the leader of ${topic}/${partition}`, 'cannot be made: there is none')
}

async function askOne(
  cluster: Cluster,
  leaderId: number,
  questions: readonly OffsetQuestion[],
  readsCommitted: boolean,
): Promise<ReadonlyMap<OffsetQuestion, number>> {
  const topics = Map.groupBy(questions, ({ topic }) => topic)
  const response = await cluster.ask(leaderId, {
    api: ListOffsets,
    versions: VERSIONS,
    request: {
      ...{ replicaId: REPLICA_ID, isolationLevel: readsCommitted ? READ_COMMITTED : 0 },
      timeoutMs: cluster.requestTimeoutMs,
      topics: [...topics].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition: partitionIndex, timestamp }) => {
          return { partitionIndex, timestamp, currentLeaderEpoch: -1 }
        }),
      })),
    },
  })
  return new Map(questions.map((question) => [question, offsetIn(cluster, response, question)]))
}

function offsetIn(
  cluster: Cluster,
  response: ListOffsetsResponse,
  { topic, partition }: OffsetQuestion,
): number {
  const ofTopic = response.topics.find(({ name }) => name === topic)
  const answer = ofTopic?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  if (answer?.errorCode === 0) return answer.offset
  cluster.metadata.outdated()
  throw brokerError(answer?.errorCode ?? -1, null, { topic, partition, api: 'ListOffsets' })
}
