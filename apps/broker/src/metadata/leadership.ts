import type { Partition } from './topic.ts'

const NO_LEADER = -1

/** Who leads a partition, as clients are told. */
export interface Leadership {
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: number[]
  readonly isrNodes: number[]
  readonly offlineReplicas: number[]
}

/**
 * Without its log dir nobody leads it, and the only replica is offline. One that failed while it
 * was served is still led: it takes no records, but reads go on. Source: Kafka
 * `KRaftMetadataCache`.
 */
export function leadershipOf({ index, leaderEpoch, log }: Partition, nodeId: number): Leadership {
  const here = [nodeId]
  return {
    partitionIndex: index,
    leaderId: log === undefined ? NO_LEADER : nodeId,
    leaderEpoch,
    replicaNodes: here,
    isrNodes: here,
    offlineReplicas: log?.isOnline === true ? [] : here,
  }
}
