import { ErrorCode } from '@pafka/protocol'

import type { TopicsView } from '../consumer-groups/topics-view.ts'
import { topicsWithout } from './share-heartbeat.ts'
import type { SharedTopic, SharedTopics } from './share-group-record.ts'
import type { ShareGroups } from './share-groups.ts'
import type { KnownOffsets, SharePartitions } from './share-partitions.ts'
import { NO_START_OFFSET } from './share-state-record.ts'

interface ShareOffsetsOptions {
  readonly groups: ShareGroups
  readonly partitions: SharePartitions
  readonly topics: Pick<TopicsView, 'byName'>
}

interface AskedTopic {
  readonly name: string
  readonly partitions: readonly number[]
}

export interface DescribedOffsets {
  readonly name: string
  /** Undefined for a topic that is not there. */
  readonly topicId: string | undefined
  readonly partitions: readonly DescribedPartition[]
}

export interface DescribedPartition extends KnownOffsets {
  readonly partition: number
  readonly errorCode: ErrorCode
}

/** A partition, and where its group is to begin. */
export interface NewStart {
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
}

/** Of one request: an error of all of it, or one code for each of what it named. */
export interface OffsetsAnswer {
  readonly errorCode: ErrorCode
  readonly each: readonly ErrorCode[]
}

const UNKNOWN_OFFSETS: KnownOffsets = { startOffset: NO_START_OFFSET, leaderEpoch: 0, lag: -1 }

/** Where share groups are in their partitions, for those who look after them. */
export class ShareOffsets {
  readonly #options: ShareOffsetsOptions

  constructor(options: ShareOffsetsOptions) {
    this.#options = options
  }

  /** @param asked null for all there are */
  async describe(
    groupId: string,
    asked: readonly AskedTopic[] | null,
  ): Promise<readonly DescribedOffsets[] | ErrorCode> {
    const group = await this.#options.groups.find(groupId)
    if (typeof group === 'number') return group
    const listed = asked ?? [...group.topics.values()]
    return Promise.all(
      listed.map(async ({ name, partitions }) => {
        const topicId = this.#options.topics.byName(name)?.id
        const described = partitions.map((partition) => this.#describe(groupId, topicId, partition))
        return { name, topicId, partitions: await Promise.all(described) }
      }),
    )
  }

  /** Sets where a group begins: one that is not there yet, or one that nobody is in. */
  async alter(groupId: string, starts: readonly NewStart[]): Promise<OffsetsAnswer> {
    const { groups, partitions } = this.#options
    const errorCode = await groups.beginTopics(groupId, (topics) => this.#with(topics, starts))
    if (errorCode !== ErrorCode.NONE) return { errorCode, each: [] }
    const each = await Promise.all(
      starts.map(async ({ topic, partition, startOffset }) => {
        const topicId = this.#idOf(topic, partition)
        if (topicId === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        if (startOffset < NO_START_OFFSET) return ErrorCode.INVALID_REQUEST
        return partitions.begin({ groupId, topicId, partition }, startOffset)
      }),
    )
    return { errorCode, each }
  }

  /** Forgets what a group made of topics. Only that of one that nobody is in can go. */
  async delete(groupId: string, names: readonly string[]): Promise<OffsetsAnswer> {
    const { groups, partitions } = this.#options
    const group = await groups.find(groupId)
    if (typeof group === 'number') return { errorCode: group, each: [] }
    const named = new Set(names)
    const gone = new Map([...group.topics].filter(([, { name }]) => named.has(name)))
    const without = (topics: SharedTopics): SharedTopics =>
      topicsWithout(topics, (topicId) => gone.has(topicId)) ?? topics
    const errorCode = await groups.setTopics(groupId, without)
    if (errorCode !== ErrorCode.NONE) return { errorCode, each: [] }
    const each = names.map(async (name) => {
      const ofName = new Map([...gone].filter(([, topic]) => topic.name === name))
      if (ofName.size === 0) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return partitions.forget(groupId, ofName)
    })
    return { errorCode, each: await Promise.all(each) }
  }

  async #describe(
    groupId: string,
    topicId: string | undefined,
    partition: number,
  ): Promise<DescribedPartition> {
    if (topicId === undefined) {
      const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return { ...UNKNOWN_OFFSETS, partition, errorCode }
    }
    const found = await this.#options.partitions.offsetsOf({ groupId, topicId, partition })
    if (typeof found === 'number') return { ...UNKNOWN_OFFSETS, partition, errorCode: found }
    return { ...found, partition, errorCode: ErrorCode.NONE }
  }

  /** What may be begun with is known to the group, as what its members asked for is. */
  #with(topics: SharedTopics, starts: readonly NewStart[]): SharedTopics {
    const all = new Map<string, SharedTopic>(topics)
    for (const { topic: name, partition } of starts) {
      const topicId = this.#idOf(name, partition)
      if (topicId === undefined) continue
      const known = all.get(topicId)?.partitions ?? []
      const partitions = [...new Set([...known, partition])].toSorted((one, other) => one - other)
      all.set(topicId, { name, partitions })
    }
    return all
  }

  #idOf(name: string, partition: number): string | undefined {
    const topic = this.#options.topics.byName(name)
    const isThere = topic !== undefined && partition >= 0 && partition < topic.partitions.length
    return isThere ? topic.id : undefined
  }
}
