import {
  AlterShareGroupOffsets,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  type DescribeShareGroupOffsetsResponse,
} from '@pafka/protocol'

import { CoordinatorType } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError, KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, checkAnswer } from './admin-call.ts'
import { type Answers, answerOf, askEach, askNodes, refusedForGood } from './ask-each.ts'
import { aboutGroup, askCoordinator, coordinatorsOf } from './coordinators.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'
import { aboutPartition, answersOf, byTopic, placeOf } from './partition-answers.ts'

/** Where a share group begins in a partition: what is before it is done with. */
export interface ShareOffset extends TopicPartition {
  /** Undefined before the group has begun there. */
  readonly offset: number | undefined
  /** -1 where it was not said. */
  readonly leaderEpoch: number
  /** Records that wait; undefined where the broker does not say it. */
  readonly lag: number | undefined
}

export interface ShareGroupOffsets {
  readonly groupId: string
  readonly offsets: readonly ShareOffset[]
}

export interface NewShareOffset extends TopicPartition {
  readonly offset: number
}

/** Where share groups begin. It can be changed while nobody consumes. */
export class ShareOffsetAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** @throws {KafkaError} GROUP_ID_NOT_FOUND, ... */
  async fetch(groupId: string, options?: CallOptions): Promise<readonly ShareOffset[]>
  async fetch(
    groupIds: readonly string[],
    options?: CallOptions,
  ): Promise<Outcome<ShareGroupOffsets>>
  async fetch(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<readonly ShareOffset[] | Outcome<ShareGroupOffsets>> {
    if (isMany(given)) return this.#fetch(given, options)
    return onlyOne(await this.#fetch([given], options)).offsets
  }

  /** Each for itself. @throws {KafkaError} */
  async alter(
    groupId: string,
    offsets: readonly NewShareOffset[],
    options: CallOptions = {},
  ): Promise<Outcome<TopicPartition>> {
    const checks = new Checks()
    checks.name('groupId', groupId)
    checks.partitions(offsets)
    for (const { topic, offset } of offsets) checks.number(`offset of ${topic}`, offset)
    checks.done()
    const api = 'AlterShareGroupOffsets'
    const ask = async (
      nodeId: number,
      left: readonly NewShareOffset[],
    ): Promise<Answers<NewShareOffset, TopicPartition>> => {
      const topics = byTopic(left).map(({ name: topicName, own }) => ({
        topicName,
        partitions: own.map(({ partition: partitionIndex, offset: startOffset }) => {
          return { partitionIndex, startOffset }
        }),
      }))
      const request = { groupId, topics }
      const answer = await this.#parts.cluster.ask(nodeId, { api: AlterShareGroupOffsets, request })
      checkAnswer(answer, { api, groupId })
      const results = answer.responses.flatMap(({ topicName: topic, partitions }) =>
        partitions.map((one) => ({ ...one, topic, partition: one.partitionIndex })),
      )
      return answersOf(left, results, { api, groupId, valueOf: placeOf })
    }
    const about = (place: TopicPartition): KafkaErrorContext => {
      return { ...aboutPartition(place), groupId }
    }
    const attempt = async (
      left: readonly NewShareOffset[],
    ): Promise<Answers<NewShareOffset, TopicPartition>> =>
      askCoordinator(this.#parts, CoordinatorType.GROUP, groupId, async (nodeId) =>
        ask(nodeId, left),
      )
    return askEach(this.#parts, offsets, attempt, { ...options, about })
  }

  /** What the group knows of topics: it begins anew there. @throws {KafkaError} */
  async delete(
    groupId: string,
    topics: readonly string[],
    options: CallOptions = {},
  ): Promise<Outcome<string>> {
    const checks = new Checks()
    checks.name('groupId', groupId)
    checks.names('topic', topics)
    checks.done()
    const about = (topic: string): KafkaErrorContext => ({ groupId, topic })
    const ask = async (
      nodeId: number,
      left: readonly string[],
    ): Promise<Answers<string, string>> => {
      const request = { groupId, topics: left.map((topicName) => ({ topicName })) }
      const answer = await this.#parts.cluster.ask(nodeId, {
        ...{ api: DeleteShareGroupOffsets, request },
      })
      const api = 'DeleteShareGroupOffsets'
      checkAnswer(answer, { api, groupId })
      return new Map(
        answer.responses.map((result) => {
          const { topicName } = result
          return [topicName, answerOf(result, { api, ...about(topicName) }, topicName)]
        }),
      )
    }
    const attempt = async (left: readonly string[]): Promise<Answers<string, string>> =>
      askCoordinator(this.#parts, CoordinatorType.GROUP, groupId, async (nodeId) =>
        ask(nodeId, left),
      )
    return askEach(this.#parts, topics, attempt, { ...options, about })
  }

  async #fetch(
    groupIds: readonly string[],
    options: CallOptions,
  ): Promise<Outcome<ShareGroupOffsets>> {
    const checks = new Checks()
    checks.names('groupId', groupIds)
    checks.done()
    const ask = async (
      nodeId: number,
      some: readonly string[],
    ): Promise<Answers<string, ShareGroupOffsets>> => {
      const request = { groups: some.map((groupId) => ({ groupId, topics: null })) }
      const ofGroups = { api: DescribeShareGroupOffsets, request }
      const { groups } = await this.#parts.cluster.ask(nodeId, ofGroups)
      return new Map(groups.map((group) => [group.groupId, offsetsIn(group)]))
    }
    const attempt = async (left: readonly string[]): Promise<Answers<string, ShareGroupOffsets>> =>
      askNodes(this.#parts, await coordinatorsOf(this.#parts, CoordinatorType.GROUP, left), ask)
    return askEach(this.#parts, groupIds, attempt, { ...options, about: aboutGroup })
  }
}

function offsetsIn(
  group: DescribeShareGroupOffsetsResponse['groups'][number],
): ShareGroupOffsets | KafkaError {
  const { groupId, topics } = group
  const context = { api: 'DescribeShareGroupOffsets', groupId }
  const all = topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map((one) => ({ ...one, topic, partition: one.partitionIndex })),
  )
  const bad = all.find(({ errorCode }) => errorCode !== 0)
  if (bad !== undefined) return refusedForGood(bad, { ...context, ...placeOf(bad) })
  const offsets = all.map(({ topic, partition, startOffset, leaderEpoch, lag }) => ({
    ...{ topic, partition, leaderEpoch },
    ...{ offset: orUnknown(startOffset), lag: orUnknown(lag) },
  }))
  return answerOf(group, context, { groupId, offsets })
}

function orUnknown(value: number): number | undefined {
  return value < 0 ? undefined : value
}
