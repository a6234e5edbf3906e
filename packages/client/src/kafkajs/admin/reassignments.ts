import { AlterPartitionReassignments, ListPartitionReassignments } from '@pafka/protocol'

import type { Connected } from '../client-session.ts'
import { KafkaJSAggregateError } from '../errors/admin-errors.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { protocolErrorOf } from '../errors/protocol-error-of.ts'
import { KafkaJSAlterPartitionReassignmentsError } from '../errors/protocol-errors.ts'
import type { TopicPartitions } from '../topic-types.ts'
import type { ListPartitionReassignmentsResponse, PartitionReassignment } from './admin-types.ts'
import { askController, checkAnswer } from './ask.ts'
import { checkList, checkName, checkTopics } from './check-arguments.ts'

const DEFAULT_TIMEOUT_MS = 5000

export function checkReassignments(topics: readonly PartitionReassignment[]): void {
  checkList('topics', topics)
  checkTopics('topics', topics)
  for (const { topic, partitionAssignment } of topics) {
    checkList(`partitionAssignment of ${topic}`, partitionAssignment)
    for (const { partition, replicas } of partitionAssignment) {
      const isGood = Number.isInteger(partition) && partition >= 0 && Array.isArray(replicas)
      if (isGood && replicas.every((id) => Number.isInteger(id) && id >= 0)) continue
      throw new KafkaJSNonRetriableError(`${topic}/${partition}: replicas are a list of brokers`)
    }
  }
}

export async function alterPartitionReassignments(
  connected: Connected,
  topics: readonly PartitionReassignment[],
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<void> {
  const request = {
    ...{ timeoutMs, allowReplicationFactorChange: true },
    topics: topics.map(({ topic: name, partitionAssignment }) => ({
      name,
      partitions: partitionAssignment.map(({ partition: partitionIndex, replicas }) => {
        return { partitionIndex, replicas: replicas.length === 0 ? null : replicas }
      }),
    })),
  }
  await askController(connected, { api: AlterPartitionReassignments, request }, (answer) => {
    checkAnswer(answer, 'AlterPartitionReassignments')
    const errors = answer.responses.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode }) => errorCode !== 0)
        .map(({ partitionIndex, errorCode, errorMessage }) => {
          const error = protocolErrorOf(errorCode, errorMessage)
          return new KafkaJSAlterPartitionReassignmentsError(error, name, partitionIndex)
        }),
    )
    if (errors.length === 0) return
    throw new KafkaJSAggregateError('Some partitions could not be reassigned', errors)
  })
}

export function checkWanted(topics: readonly TopicPartitions[]): void {
  checkList('topics', topics)
  for (const { topic, partitions } of topics) {
    checkName('topics', topic)
    checkList(`partitions of ${topic}`, partitions)
  }
}

export async function listPartitionReassignments(
  connected: Connected,
  topics: readonly TopicPartitions[] | null,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<ListPartitionReassignmentsResponse> {
  const wanted = topics?.map(({ topic: name, partitions: partitionIndexes }) => {
    return { name, partitionIndexes }
  })
  const request = { timeoutMs, topics: wanted ?? null }
  return askController(connected, { api: ListPartitionReassignments, request }, (answer) => {
    checkAnswer(answer, 'ListPartitionReassignments')
    return {
      topics: answer.topics.map(({ name: topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partitionIndex, ...brokers }) => ({
          ...{ partitionIndex, replicas: [...brokers.replicas] },
          addingReplicas: [...brokers.addingReplicas],
          removingReplicas: [...brokers.removingReplicas],
        })),
      })),
    }
  })
}
