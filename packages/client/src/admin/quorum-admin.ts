import { DescribeQuorum, type DescribeQuorumResponse, ErrorCode, ZERO_UUID } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { type AdminParts, askController, checkAnswer } from './admin-call.ts'

/** A controller, or a broker that follows the controllers. */
export interface QuorumReplica {
  readonly id: number
  /** Of its metadata log; undefined where the broker does not say it. */
  readonly directoryId: string | undefined
  readonly logEndOffset: number
  /** Undefined where the leader does not know it. */
  readonly lastFetchTimestamp: number | undefined
  readonly lastCaughtUpTimestamp: number | undefined
}

/** A controller's addresses. */
export interface QuorumNode {
  readonly id: number
  readonly listeners: readonly {
    readonly name: string
    readonly host: string
    readonly port: number
  }[]
}

/** Who decides about the cluster, and how far each has followed. */
export interface Quorum {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly QuorumReplica[]
  readonly observers: readonly QuorumReplica[]
  /** Empty where the broker does not say it. */
  readonly nodes: readonly QuorumNode[]
}

const METADATA_TOPIC = '__cluster_metadata'
const NO_PARTITION = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: 'no answer' }

/** The controllers of a cluster without ZooKeeper. */
export class QuorumAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** @throws {KafkaError} UNSUPPORTED_VERSION, ... */
  async describe(options: CallOptions = {}): Promise<Quorum> {
    const partitions = [{ partitionIndex: 0 }]
    const request = { topics: [{ topicName: METADATA_TOPIC, partitions }] }
    return askController(
      this.#parts,
      { api: DescribeQuorum, request },
      (answer) => {
        const context = { api: 'DescribeQuorum' }
        checkAnswer(answer, context)
        const [partition] = answer.topics[0]?.partitions ?? []
        checkAnswer(partition ?? NO_PARTITION, context)
        if (partition === undefined) throw brokerError(NO_PARTITION.errorCode, null, context)
        const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition
        return {
          ...{ leaderId, leaderEpoch, highWatermark },
          voters: currentVoters.map((one) => replicaFrom(one)),
          observers: observers.map((one) => replicaFrom(one)),
          nodes: answer.nodes.map(({ nodeId: id, listeners }) => ({ id, listeners })),
        }
      },
      options,
    )
  }
}

type Partition = DescribeQuorumResponse['topics'][number]['partitions'][number]

function replicaFrom(replica: Partition['currentVoters'][number]): QuorumReplica {
  const { replicaId: id, replicaDirectoryId, logEndOffset } = replica
  return {
    ...{ id, logEndOffset },
    directoryId: replicaDirectoryId === ZERO_UUID ? undefined : replicaDirectoryId,
    lastFetchTimestamp: orUnknown(replica.lastFetchTimestamp),
    lastCaughtUpTimestamp: orUnknown(replica.lastCaughtUpTimestamp),
  }
}

function orUnknown(timestamp: number): number | undefined {
  return timestamp < 0 ? undefined : timestamp
}
