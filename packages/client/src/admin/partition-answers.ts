import { ErrorCode } from '@pafka/protocol'

import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError, KafkaErrorContext } from '../errors/kafka-error.ts'
import type { Refusal } from './admin-call.ts'
import { type Answers, refused, refusedForGood } from './ask-each.ts'

/** Partitions as requests name them. */
export interface NamedPartitions<Item> {
  readonly name: string
  readonly own: readonly Item[]
}

export function byTopic<Item extends TopicPartition>(
  partitions: readonly Item[],
): NamedPartitions<Item>[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, own]) => ({ name, own }))
}

export function numbersOf(partitions: readonly TopicPartition[]): number[] {
  return partitions.map(({ partition }) => partition)
}

export function aboutPartition({ topic, partition }: TopicPartition): KafkaErrorContext {
  return { topic, partition }
}

/** Itself, without what it was given with. */
export function placeOf({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}

interface WirePartition {
  readonly partitionIndex: number
}

interface WireTopic<Result extends WirePartition> {
  readonly name: string
  readonly partitions: readonly Result[]
}

/** Results as answers have them, topic by topic. */
export function flattened<Result extends WirePartition>(
  topics: readonly WireTopic<Result>[],
): (Result & TopicPartition)[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((one) => ({ ...one, topic, partition: one.partitionIndex })),
  )
}

export type PartitionResult = TopicPartition & Refusal

export interface AnswerForm<Item, Result, T> {
  readonly api: string
  /** Who answers leads these partitions: if it does not know them, another one leads them now. */
  readonly isLeader?: boolean
  readonly groupId?: string
  /** Of one without an error. */
  readonly valueOf: (item: Item, result: Result) => T
}

/** What an answer that tells results by partition says of each. */
export function answersOf<Item extends TopicPartition, Result extends PartitionResult, T>(
  partitions: readonly Item[],
  results: readonly Result[],
  { api, isLeader = false, groupId, valueOf }: AnswerForm<Item, Result, T>,
): Answers<Item, T> {
  const byKey = new Map(results.map((result) => [partitionKey(result), result]))
  const answer = (item: Item, result: Result): T | KafkaError => {
    const { topic, partition } = item
    const context = { api, topic, partition, groupId }
    if (result.errorCode === ErrorCode.NONE) return valueOf(item, result)
    return (isLeader ? refused : refusedForGood)(result, context)
  }
  return new Map(
    partitions.flatMap((item) => {
      const result = byKey.get(partitionKey(item))
      return result === undefined ? [] : [[item, answer(item, result)] as const]
    }),
  )
}
