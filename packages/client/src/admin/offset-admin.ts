import {
  ErrorCode,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  type OffsetFetchRequest,
  type OffsetFetchResponse,
} from '@pafka/protocol'

import { CoordinatorType } from '../cluster/cluster.ts'
import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError, KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, type ChangeOptions, checkAnswer } from './admin-call.ts'
import { type Answers, askEach, askNodes, refused } from './ask-each.ts'
import { aboutGroup, askCoordinator, coordinatorsOf } from './coordinators.ts'
import { checkTarget, type OffsetReset, type ResetTarget } from './offset-reset.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'
import { aboutPartition, answersOf, byTopic, flattened, placeOf } from './partition-answers.ts'
import { planReset } from './plan-reset.ts'
import type { TopicAdmin } from './topic-admin.ts'

/** Where a group goes on in a partition. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number
  /** -1 where it was not said. */
  readonly leaderEpoch: number
  /** What the group wrote beside it. */
  readonly metadata: string
}

export interface GroupOffsets {
  readonly groupId: string
  readonly offsets: readonly CommittedOffset[]
}

export interface FetchOffsetsOptions extends CallOptions {
  /** Waits for transactions that may change them to end. */
  readonly requireStable?: boolean
}

export interface NewOffset extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number
  readonly metadata?: string
}

export interface ResetOptions extends ChangeOptions {
  /** Topics, or partitions; by default all in which the group has an offset. */
  readonly of?: string | readonly (string | TopicPartition)[]
}

/** With all partitions of a group, and by names: later versions have ids. */
const FETCH_VERSIONS = { min: 2, max: 9 }
const COMMIT_VERSIONS = { min: 2, max: 9 }
/** From here on one request may be about many groups. */
const GROUPS_VERSION = 8
const STABLE_VERSION = 7
const NO_GENERATION = -1
const DEFAULT_RETENTION = -1

/** The committed offsets of groups. They can be changed while nobody consumes. */
export class OffsetAdmin {
  readonly #parts: AdminParts
  readonly #topics: TopicAdmin

  constructor(parts: AdminParts, topics: TopicAdmin) {
    this.#parts = parts
    this.#topics = topics
  }

  /** All that there are; none for a group that there is not. @throws {KafkaError} */
  async fetch(groupId: string, options?: FetchOffsetsOptions): Promise<readonly CommittedOffset[]>
  async fetch(
    groupIds: readonly string[],
    options?: FetchOffsetsOptions,
  ): Promise<Outcome<GroupOffsets>>
  async fetch(
    given: string | readonly string[],
    options: FetchOffsetsOptions = {},
  ): Promise<readonly CommittedOffset[] | Outcome<GroupOffsets>> {
    if (isMany(given)) return this.#fetch(given, options)
    return onlyOne(await this.#fetch([given], options)).offsets
  }

  /** Each for itself; a group that there is not is made. @throws {KafkaError} */
  async alter(
    groupId: string,
    offsets: readonly NewOffset[],
    options: CallOptions = {},
  ): Promise<Outcome<TopicPartition>> {
    const checks = checksOf(groupId, offsets)
    for (const { topic, offset } of offsets) checks.number(`offset of ${topic}`, offset)
    checks.done()
    const api = 'OffsetCommit'
    return this.#askGroup(groupId, offsets, options, async (nodeId, left) => {
      const { topics } = await this.#parts.cluster.ask(nodeId, {
        api: OffsetCommit,
        versions: COMMIT_VERSIONS,
        request: {
          ...{ groupId, memberId: '', groupInstanceId: null },
          ...{ generationIdOrMemberEpoch: NO_GENERATION, retentionTimeMs: DEFAULT_RETENTION },
          topics: byTopic(left).map(({ name, own }) => ({
            ...{ name, topicId: '' },
            partitions: own.map(({ partition: partitionIndex, offset, ...rest }) => ({
              ...{ partitionIndex, committedOffset: offset },
              ...{ committedLeaderEpoch: rest.leaderEpoch ?? -1 },
              ...{ committedMetadata: rest.metadata ?? '' },
            })),
          })),
        },
      })
      return answersOf(left, flattened(topics), { api, groupId, valueOf: placeOf })
    })
  }

  /** As if they had never been committed. @throws {KafkaError} GROUP_ID_NOT_FOUND, ... */
  async delete(
    groupId: string,
    partitions: readonly TopicPartition[],
    options: CallOptions = {},
  ): Promise<Outcome<TopicPartition>> {
    checksOf(groupId, partitions).done()
    const api = 'OffsetDelete'
    return this.#askGroup(groupId, partitions, options, async (nodeId, left) => {
      const topics = byTopic(left).map(({ name, own }) => ({
        name,
        partitions: own.map(({ partition: partitionIndex }) => ({ partitionIndex })),
      }))
      const request = { groupId, topics }
      const answer = await this.#parts.cluster.ask(nodeId, { api: OffsetDelete, request })
      checkAnswer(answer, { api, groupId })
      return answersOf(left, flattened(answer.topics), { api, groupId, valueOf: placeOf })
    })
  }

  /**
   * Lets a group go on elsewhere. What is asked for beyond a log is its end, or its beginning.
   * @returns what has changed, or with `dryRun` would
   */
  async reset(
    groupId: string,
    to: ResetTarget,
    options: ResetOptions = {},
  ): Promise<Outcome<OffsetReset>> {
    const checks = new Checks()
    checks.name('groupId', groupId)
    checkTarget(to, checks)
    checks.done()
    const committed = await this.fetch(groupId, options)
    const places = await this.#placesOf(options.of ?? committed, options)
    const plan = await planReset(this.#parts, { places, committed, to }, options)
    if (options.dryRun ?? false) return plan
    const moved = plan.done.map(({ topic, partition, to: offset }) => ({
      topic,
      partition,
      offset,
    }))
    const altered = await this.alter(groupId, moved, options)
    const isDone = new Set(altered.done.map(partitionKey))
    return {
      done: plan.done.filter((one) => isDone.has(partitionKey(one))),
      failed: [...plan.failed, ...altered.failed],
    }
  }

  async #placesOf(
    of: NonNullable<ResetOptions['of']>,
    options: CallOptions,
  ): Promise<TopicPartition[]> {
    const all = typeof of === 'string' ? [of] : of
    const places = await Promise.all(
      all.map(async (one) =>
        typeof one === 'string' ? this.#topics.partitions(one, options) : [placeOf(one)],
      ),
    )
    return places.flat()
  }

  async #askGroup<Item extends TopicPartition>(
    groupId: string,
    items: readonly Item[],
    options: CallOptions,
    ask: (nodeId: number, left: readonly Item[]) => Promise<Answers<Item, TopicPartition>>,
  ): Promise<Outcome<TopicPartition>> {
    const about = (place: TopicPartition): KafkaErrorContext => {
      return { ...aboutPartition(place), groupId }
    }
    const attempt = async (left: readonly Item[]): Promise<Answers<Item, TopicPartition>> =>
      askCoordinator(this.#parts, CoordinatorType.GROUP, groupId, async (nodeId) =>
        ask(nodeId, left),
      )
    return askEach(this.#parts, items, attempt, { ...options, about })
  }

  async #fetch(
    groupIds: readonly string[],
    options: FetchOffsetsOptions,
  ): Promise<Outcome<GroupOffsets>> {
    const checks = new Checks()
    checks.names('groupId', groupIds)
    checks.done()
    const { requireStable = false } = options
    const ask = async (nodeId: number, some: readonly string[]): Promise<FetchAnswer> => {
      const answer = await this.#parts.cluster.ask(nodeId, {
        api: OffsetFetch,
        versions: { ...FETCH_VERSIONS, min: requireStable ? STABLE_VERSION : FETCH_VERSIONS.min },
        request: (version) => ({
          ...{ groupId: some[0] ?? '', topics: null, requireStable },
          groups: version < GROUPS_VERSION ? [] : some.map(allOfGroup),
        }),
      })
      if (answer.groups.length > 0) return new Map(answer.groups.map(offsetsIn))
      const [first = '', ...others] = some
      const asked = await Promise.all(others.map(async (groupId) => ask(nodeId, [groupId])))
      return new Map([
        offsetsIn({ ...answer, groupId: first }),
        ...asked.flatMap((one) => [...one]),
      ])
    }
    const attempt = async (left: readonly string[]): Promise<FetchAnswer> =>
      askNodes(this.#parts, await coordinatorsOf(this.#parts, CoordinatorType.GROUP, left), ask)
    return askEach(this.#parts, groupIds, attempt, { ...options, about: aboutGroup })
  }
}

type FetchAnswer = Answers<string, GroupOffsets>

interface FetchedGroup extends Pick<OffsetFetchResponse['groups'][number], 'errorCode'> {
  readonly groupId: string
  readonly topics: readonly (
    | OffsetFetchResponse['topics'][number]
    | OffsetFetchResponse['groups'][number]['topics'][number]
  )[]
}

function allOfGroup(groupId: string): OffsetFetchRequest['groups'][number] {
  return { groupId, memberId: null, memberEpoch: -1, topics: null }
}

function offsetsIn({
  groupId,
  errorCode,
  topics,
}: FetchedGroup): [string, GroupOffsets | KafkaError] {
  const api = 'OffsetFetch'
  if (errorCode !== ErrorCode.NONE) return [groupId, refused({ errorCode }, { api, groupId })]
  const all = topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((one) => ({ ...one, topic })),
  )
  const bad = all.find((one) => one.errorCode !== ErrorCode.NONE)
  if (bad !== undefined) {
    const context = { api, groupId, topic: bad.topic, partition: bad.partitionIndex }
    return [groupId, refused(bad, context)]
  }
  const offsets = all
    .filter(({ committedOffset }) => committedOffset >= 0)
    .map(({ topic, partitionIndex: partition, committedOffset: offset, ...rest }) => ({
      ...{ topic, partition, offset, leaderEpoch: rest.committedLeaderEpoch },
      metadata: rest.metadata ?? '',
    }))
  return [groupId, { groupId, offsets }]
}

function checksOf(groupId: string, partitions: readonly TopicPartition[]): Checks {
  const checks = new Checks()
  checks.name('groupId', groupId)
  checks.partitions(partitions)
  return checks
}
