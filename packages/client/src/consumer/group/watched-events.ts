import type { Cluster } from '../../cluster/cluster.ts'
import type { TopicPartition } from '../../cluster/topic-partition.ts'
import { type GroupEvent, tellOfGroup } from '../../watch/channels.ts'
import type { MemberEvents } from './group-member.ts'

/** Whose events they are, and who hears of them. */
export interface EventParts {
  readonly cluster: Cluster
  readonly groupId: string
  readonly events: MemberEvents
}

/** Counts what happens to a member, and tells those who listen, before the member does as told. */
export function watchedEvents({ cluster, groupId, events }: EventParts): MemberEvents {
  const tell = (event: GroupEvent['event'], partitions: readonly TopicPartition[] = []): void => {
    if (partitions.length > 0) cluster.counts.consumer.rebalances += 1
    tellOfGroup({ event, groupId, partitions })
  }
  return {
    ...events,
    joined: (generation) => {
      tell('joined')
      events.joined?.(generation)
    },
    assigned: (partitions) => {
      tell('assigned', partitions)
      events.assigned(partitions)
    },
    revoked: (partitions) => {
      tell('revoked', partitions)
      return events.revoked(partitions)
    },
    lost: (partitions) => {
      tell('lost', partitions)
      events.lost(partitions)
    },
    failed: (cause) => {
      tellOfGroup({ event: 'failed', groupId, partitions: [], cause })
      events.failed(cause)
    },
  }
}
