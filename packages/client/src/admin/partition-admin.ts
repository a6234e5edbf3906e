import {
  AlterPartitionReassignments,
  DeleteRecords,
  ElectLeaders,
  ErrorCode,
  ListPartitionReassignments,
} from '@pafka/protocol'

import type { TopicPartition } from '../cluster/topic-partition.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, askController, checkAnswer } from './admin-call.ts'
import { type Answers, askEach, askNodes, final } from './ask-each.ts'
import { leadersOf } from './leaders.ts'
import { askOffsets, type OffsetMark, type PartitionOffset } from './offset-marks.ts'
import type { Outcome } from './outcome.ts'
import {
  aboutPartition,
  answersOf,
  byTopic,
  flattened,
  numbersOf,
  type PartitionResult,
  placeOf,
} from './partition-answers.ts'
import type { TopicAdmin } from './topic-admin.ts'

export interface ListOffsetsOptions extends CallOptions {
  /** `latest` is then where the first open transaction begins, if there is one. */
  readonly readCommitted?: boolean
}

/** Records of a partition to be rid of. */
export interface DeletedRecords extends TopicPartition {
  /** Those below this offset; `all` that there are. */
  readonly before: number | 'all'
}

export interface LogStart extends TopicPartition {
  readonly logStartOffset: number
}

export interface ElectionOptions extends CallOptions {
  /** Elects replicas that lack records, where there are no others: what they lack is lost. */
  readonly unclean?: boolean
}

export interface Election extends TopicPartition {
  /** False where the right one led already. */
  readonly isNew: boolean
}

export interface Reassignment extends TopicPartition {
  /** Ids of brokers, the preferred leader first; null stops one that is under way. */
  readonly replicas: readonly number[] | null
}

/** A partition that is on its way. */
export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** Source: Kafka `DeleteRecordsRequest.HIGH_WATERMARK`. */
const HIGH_WATERMARK = -1
/** Source: Kafka `ElectionType`. */
const ElectionType = { PREFERRED: 0, UNCLEAN: 1 } as const
/** Retriable by the protocol, but for longer than one call. */
const UNELECTABLE: ReadonlySet<number | undefined> = new Set([
  ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
  ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
])

/** Partitions: their offsets, records, leaders and replicas. */
export class PartitionAdmin {
  readonly #parts: AdminParts
  readonly #topics: TopicAdmin

  constructor(parts: AdminParts, topics: TopicAdmin) {
    this.#parts = parts
    this.#topics = topics
  }

  /**
   * Where something is: the first record, the end, a time.
   * @param of a topic, for all its partitions, or some partitions
   * @throws {KafkaError} when there is no such topic
   */
  async offsets(
    of: string | readonly TopicPartition[],
    mark: OffsetMark,
    options: ListOffsetsOptions = {},
  ): Promise<Outcome<PartitionOffset>> {
    const partitions = typeof of === 'string' ? await this.#topics.partitions(of, options) : of
    return askOffsets(this.#parts, partitions, mark, options)
  }

  /** For good, with what is before them. @returns where the logs begin now */
  async deleteRecords(
    records: readonly DeletedRecords[],
    options: CallOptions = {},
  ): Promise<Outcome<LogStart>> {
    const checks = new Checks()
    checks.partitions(records)
    for (const { before } of records) if (before !== 'all') checks.number('before', before)
    checks.done()
    const { requestTimeoutMs: timeoutMs } = this.#parts.options
    const ask = async (
      leaderId: number,
      some: readonly DeletedRecords[],
    ): Promise<Answers<DeletedRecords, LogStart>> => {
      const answer = await this.#parts.cluster.ask(leaderId, {
        api: DeleteRecords,
        request: {
          topics: byTopic(some).map(({ name, own }) => ({
            name,
            partitions: own.map(({ partition: partitionIndex, before }) => {
              return { partitionIndex, offset: before === 'all' ? HIGH_WATERMARK : before }
            }),
          })),
          timeoutMs,
        },
      })
      const results = flattened(answer.topics)
      return answersOf(some, results, {
        ...{ api: 'DeleteRecords', isLeader: true },
        valueOf: ({ topic, partition }, { lowWatermark: logStartOffset }) => {
          return { topic, partition, logStartOffset }
        },
      })
    }
    const attempt = async (
      left: readonly DeletedRecords[],
    ): Promise<Answers<DeletedRecords, LogStart>> =>
      askNodes(this.#parts, await leadersOf(this.#parts, left), ask)
    return askEach(this.#parts, records, attempt, { ...options, about: aboutPartition })
  }

  /** Gives partitions the leaders that they should have: the first of their replicas. */
  async electLeaders(
    partitions: readonly TopicPartition[] | 'all',
    options: ElectionOptions = {},
  ): Promise<Outcome<Election>> {
    const { unclean = false } = options
    const isAll = partitions === 'all'
    if (!isAll) checkPartitions(partitions)
    const ask = async (
      some: readonly TopicPartition[] | 'all',
    ): Promise<Answers<TopicPartition, Election>> => {
      const answer = await this.#parts.cluster.askController({
        api: ElectLeaders,
        versions: { min: unclean ? 1 : 0 },
        request: {
          electionType: unclean ? ElectionType.UNCLEAN : ElectionType.PREFERRED,
          topicPartitions:
            some === 'all'
              ? null
              : byTopic(some).map(({ name, own }) => {
                  return { topic: name, partitions: numbersOf(own) }
                }),
          timeoutMs: this.#parts.options.requestTimeoutMs,
        },
      })
      checkAnswer(answer, { api: 'ElectLeaders' })
      const results = answer.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
        partitionResult.map((one) => ({ topic, partition: one.partitionId, ...one })),
      )
      return electionsOf(some === 'all' ? results : some, results)
    }
    if (!isAll) return askEach(this.#parts, partitions, ask, { ...options, about: aboutPartition })
    const everything = await askEach(
      this.#parts,
      ['all'] as const,
      async () => new Map([['all', [...(await ask('all')).values()]]]),
      { ...options, about: () => ({ api: 'ElectLeaders' }) },
    )
    const answers = everything.done.flat()
    return {
      done: answers.flatMap((one) => (one instanceof KafkaError ? [] : [one])),
      failed: [...everything.failed, ...answers.filter((one) => one instanceof KafkaError)],
    }
  }

  /** Begins to move replicas to other brokers; `reassignments` tells what is under way. */
  async reassign(
    moves: readonly Reassignment[],
    options: CallOptions = {},
  ): Promise<Outcome<TopicPartition>> {
    const checks = new Checks()
    checks.partitions(moves)
    for (const { topic, replicas } of moves) {
      if (replicas === null) continue
      checks.check(replicas.length > 0, `replicas of ${topic}: there are none`)
      for (const replica of replicas) checks.number(`replica of ${topic}`, replica)
    }
    checks.done()
    const { requestTimeoutMs: timeoutMs } = this.#parts.options
    return askEach(
      this.#parts,
      moves,
      async (left) => {
        const answer = await this.#parts.cluster.askController({
          api: AlterPartitionReassignments,
          request: {
            ...{ timeoutMs, allowReplicationFactorChange: true },
            topics: byTopic(left).map(({ name, own }) => ({
              name,
              partitions: own.map(({ partition: partitionIndex, replicas }) => {
                return { partitionIndex, replicas }
              }),
            })),
          },
        })
        checkAnswer(answer, { api: 'AlterPartitionReassignments' })
        const results = flattened(answer.responses)
        return answersOf(left, results, {
          api: 'AlterPartitionReassignments',
          valueOf: placeOf,
        })
      },
      { ...options, about: aboutPartition },
    )
  }

  /** What is under way. @param of all partitions by default */
  async reassignments(
    of?: readonly TopicPartition[],
    options: CallOptions = {},
  ): Promise<OngoingReassignment[]> {
    if (of !== undefined) checkPartitions(of)
    const topics =
      of === undefined
        ? null
        : byTopic(of).map(({ name, own }) => ({ name, partitionIndexes: numbersOf(own) }))
    const { requestTimeoutMs: timeoutMs } = this.#parts.options
    return askController(
      this.#parts,
      { api: ListPartitionReassignments, request: { timeoutMs, topics } },
      (answer) => {
        checkAnswer(answer, { api: 'ListPartitionReassignments' })
        return answer.topics.flatMap(({ name: topic, partitions }) =>
          partitions.map(({ partitionIndex: partition, replicas, ...rest }) => ({
            ...{ topic, partition, replicas },
            ...{ adding: rest.addingReplicas, removing: rest.removingReplicas },
          })),
        )
      },
      options,
    )
  }
}

/** Who leads already need not be elected, and who cannot lead now may not for long. */
function electionsOf(
  partitions: readonly TopicPartition[],
  results: readonly PartitionResult[],
): Answers<TopicPartition, Election> {
  const answers = answersOf(partitions, results, { api: 'ElectLeaders', valueOf: newElection })
  return new Map([...answers].map(([place, answer]) => [place, electionOf(place, answer)]))
}

function newElection({ topic, partition }: TopicPartition): Election {
  return { topic, partition, isNew: true }
}

function electionOf(
  { topic, partition }: TopicPartition,
  answer: Election | KafkaError,
): Election | KafkaError {
  if (!(answer instanceof KafkaError)) return answer
  if (answer.errorCode === ErrorCode.ELECTION_NOT_NEEDED) return { topic, partition, isNew: false }
  return UNELECTABLE.has(answer.errorCode) ? final(answer) : answer
}

function checkPartitions(partitions: readonly TopicPartition[]): void {
  const checks = new Checks()
  checks.partitions(partitions)
  checks.done()
}
