import type { MetadataKeeper } from '../../cluster/metadata-keeper.ts'
import type { TopicPartition } from '../../cluster/topic-partition.ts'

/** Where replicas of a partition are: none where nobody says. */
export type PartitionRacks = (place: TopicPartition) => ReadonlySet<string>

/** As far as it is known when it is asked for. */
export function racksFrom(metadata: Pick<MetadataKeeper, 'find' | 'nodes'>): PartitionRacks {
  return ({ topic, partition }) => {
    const replicas = metadata.find(topic)?.partitions[partition]?.replicas ?? []
    return new Set(replicas.flatMap((nodeId) => metadata.nodes.get(nodeId)?.rack ?? []))
  }
}
