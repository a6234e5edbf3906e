import type { MetadataResponse } from '@pafka/protocol'

import type { BrokerAddress } from '../connection/frame-socket.ts'

/** A broker of the cluster. */
export interface BrokerNode extends BrokerAddress {
  readonly id: number
  readonly rack: string | null
}

export interface PartitionMetadata {
  readonly partition: number
  /** -1 while there is none. */
  readonly leaderId: number
  /** -1 where the broker does not say it. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export interface TopicMetadata {
  readonly name: string
  /** All zero for brokers without topic ids. */
  readonly id: string
  readonly isInternal: boolean
  /** In order, without gaps. */
  readonly partitions: readonly PartitionMetadata[]
}

/** What one answer said of a topic: the topic, or why there is none. */
export type TopicAnswer =
  | { readonly name: string; readonly topic: TopicMetadata }
  | { readonly name: string; readonly errorCode: number }

/** What one answer said. */
export interface MetadataAnswer {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly nodes: ReadonlyMap<number, BrokerNode>
  readonly topics: readonly TopicAnswer[]
}

export function metadataFrom(response: MetadataResponse): MetadataAnswer {
  const { brokers, clusterId, controllerId, topics } = response
  return {
    clusterId,
    controllerId,
    nodes: new Map(
      brokers.map(({ nodeId: id, host, port, rack }) => [id, { id, host, port, rack }]),
    ),
    topics: topics.map((topic) => topicFrom(topic)),
  }
}

function topicFrom(answered: MetadataResponse['topics'][number]): TopicAnswer {
  const { errorCode, topicId: id, isInternal } = answered
  const name = answered.name ?? ''
  if (errorCode !== 0) return { name, errorCode }
  const partitions = answered.partitions
    .map(({ partitionIndex: partition, leaderId, leaderEpoch, ...nodes }) => ({
      ...{ partition, leaderId, leaderEpoch },
      replicas: nodes.replicaNodes,
      inSyncReplicas: nodes.isrNodes,
      offlineReplicas: nodes.offlineReplicas,
    }))
    .toSorted((one, other) => one.partition - other.partition)
  return { name, topic: { name, id, isInternal, partitions } }
}
