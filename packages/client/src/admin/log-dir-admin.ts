import { AlterReplicaLogDirs, DescribeLogDirs } from '@pafka/protocol'

import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError, KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, checkAnswer } from './admin-call.ts'
import { type Answers, askEach, askNodes, final, refused } from './ask-each.ts'
import { askBrokers, namedBrokers } from './each-broker.ts'
import type { Outcome } from './outcome.ts'
import { byTopic, numbersOf } from './partition-answers.ts'

/** A replica in a log dir. */
export interface LogDirReplica extends TopicPartition {
  readonly sizeBytes: number
  /** How far it is behind the log that it is to follow, or to take the place of. */
  readonly offsetLag: number
  /** On its way from another dir of the broker, whose replica it will replace. */
  readonly isFuture: boolean
}

export interface LogDir {
  readonly path: string
  /** Why it cannot be used. */
  readonly error: KafkaError | undefined
  readonly replicas: readonly LogDirReplica[]
  /** Of the file system; undefined where the broker does not say it. */
  readonly totalBytes: number | undefined
  readonly usableBytes: number | undefined
  /** Nothing new comes here (KIP-1066). */
  readonly isCordoned: boolean
}

export interface BrokerLogDirs {
  readonly brokerId: number
  readonly dirs: readonly LogDir[]
}

export interface DescribeLogDirsOptions extends CallOptions {
  /** Ids; all by default. */
  readonly brokers?: readonly number[]
  /** Only these partitions are told of. */
  readonly partitions?: readonly TopicPartition[]
}

/** A replica, and where it is to lie. */
export interface ReplicaMove extends TopicPartition {
  readonly brokerId: number
  /** Of a log dir of that broker. */
  readonly path: string
}

/** Where brokers keep their logs. */
export class LogDirAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** What lies where. Of a broker that cannot be asked the error says which it is. */
  async describe(options: DescribeLogDirsOptions = {}): Promise<Outcome<BrokerLogDirs>> {
    const { brokers, partitions } = options
    const checks = new Checks()
    for (const id of brokers ?? []) checks.number('broker', id)
    checks.partitions(partitions ?? [])
    checks.done()
    const named = partitions === undefined ? null : byTopic(partitions)
    const topics = named?.map(({ name, own }) => ({ topic: name, partitions: numbersOf(own) }))
    const ask = { api: DescribeLogDirs, request: { topics: topics ?? null } }
    return askBrokers(this.#parts, brokers, options, async (brokerId) => {
      const answer = await this.#parts.cluster.ask(brokerId, ask)
      checkAnswer(answer, { api: 'DescribeLogDirs', subject: `broker ${brokerId}` })
      return { brokerId, dirs: answer.results.map((dir) => dirFrom(dir)) }
    })
  }

  /** Begins to move replicas to other dirs of their brokers; `describe` tells how far they are. */
  async move(
    moves: readonly ReplicaMove[],
    options: CallOptions = {},
  ): Promise<Outcome<ReplicaMove>> {
    const checks = new Checks()
    const byBroker = Map.groupBy(moves, ({ brokerId }) => brokerId)
    for (const [brokerId, own] of byBroker) {
      checks.number('brokerId', brokerId)
      checks.partitions(own)
    }
    checks.names(
      'path',
      moves.map(({ path }) => path),
    )
    checks.done()
    const api = 'AlterReplicaLogDirs'
    const ask = async (
      brokerId: number,
      some: readonly ReplicaMove[],
    ): Promise<Answers<ReplicaMove, ReplicaMove>> => {
      const dirs = [...Map.groupBy(some, ({ path }) => path)].map(([path, own]) => ({
        path,
        topics: byTopic(own).map((one) => ({ name: one.name, partitions: numbersOf(one.own) })),
      }))
      const request = { dirs }
      const { results } = await this.#parts.cluster.ask(brokerId, {
        ...{ api: AlterReplicaLogDirs, request },
      })
      const codes = new Map(
        results.flatMap(({ topicName: topic, partitions }) =>
          partitions.map(({ partitionIndex: partition, errorCode }) => {
            return [partitionKey({ topic, partition }), errorCode]
          }),
        ),
      )
      return new Map(
        some.flatMap((move) => {
          const errorCode = codes.get(partitionKey(move))
          if (errorCode === undefined) return []
          // a replica that is not there comes no sooner for being asked for
          const error = (): KafkaError => final(refused({ errorCode }, { api, ...aboutMove(move) }))
          return [[move, errorCode === 0 ? move : error()] as const]
        }),
      )
    }
    const attempt = async (
      left: readonly ReplicaMove[],
    ): Promise<Answers<ReplicaMove, ReplicaMove>> =>
      askNodes(this.#parts, await namedBrokers(this.#parts, left, brokerOf), ask)
    return askEach(this.#parts, moves, attempt, { ...options, about: aboutMove })
  }
}

function brokerOf({ brokerId }: ReplicaMove): number {
  return brokerId
}

function aboutMove({ topic, partition, brokerId }: ReplicaMove): KafkaErrorContext {
  return { topic, partition, subject: `broker ${brokerId}` }
}

interface WireDir {
  readonly errorCode: number
  readonly logDir: string
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly partitionSize: number
      readonly offsetLag: number
      readonly isFutureKey: boolean
    }[]
  }[]
  readonly totalBytes: number
  readonly usableBytes: number
  readonly isCordoned: boolean
}

function dirFrom({ errorCode, logDir: path, topics, isCordoned, ...space }: WireDir): LogDir {
  const context = { api: 'DescribeLogDirs', subject: `log dir ${path}` }
  return {
    ...{ path, isCordoned },
    error: errorCode === 0 ? undefined : refused({ errorCode }, context),
    replicas: topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, partitionSize, offsetLag, isFutureKey }) => {
        return { topic, partition, sizeBytes: partitionSize, offsetLag, isFuture: isFutureKey }
      }),
    ),
    totalBytes: space.totalBytes < 0 ? undefined : space.totalBytes,
    usableBytes: space.usableBytes < 0 ? undefined : space.usableBytes,
  }
}
