import type { TopicMetadata } from '../cluster/cluster-metadata.ts'
import type { PartitionMetadata } from './topic-types.ts'

export function partitionMetadataOf({ partitions }: TopicMetadata): PartitionMetadata[] {
  return partitions.map(({ partition, leaderId, replicas, inSyncReplicas, offlineReplicas }) => ({
    ...{ partitionErrorCode: 0, partitionId: partition, leader: leaderId },
    ...{ replicas: [...replicas], isr: [...inSyncReplicas] },
    offlineReplicas: [...offlineReplicas],
  }))
}
