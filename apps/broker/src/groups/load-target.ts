import type { ConsumerGroups } from '../consumer-groups/consumer-groups.ts'
import type { ShareGroups } from '../share-groups/share-groups.ts'
import type { StreamsGroups } from '../streams-groups/streams-groups.ts'
import type { AnyGroup } from './any-group.ts'
import { groupFromRecord } from './group-record.ts'
import type { LoadTarget } from './group-replay.ts'
import type { GroupWorld } from './group-world.ts'
import type { OffsetManager } from './offset-manager.ts'

interface LoadTargetOptions {
  readonly groups: Map<string, AnyGroup>
  readonly world: GroupWorld
  readonly offsets: OffsetManager
  readonly consumers: ConsumerGroups
  readonly share: ShareGroups
  readonly streams: StreamsGroups
  /** A new one where there is none. */
  readonly groupFor: (groupId: string) => AnyGroup
}

/** Takes in what one partition of `__consumer_offsets` holds. */
export function loadTarget(
  partition: number,
  { groups, world, offsets, consumers, share, streams, groupFor }: LoadTargetOptions,
): LoadTarget {
  const { store, transactions } = offsets
  return {
    offset: (groupId, place, committed) => {
      if (committed === null) store.remove(groupId, place)
      else store.set(groupId, place, committed)
    },
    transactionalOffset: (producerId, groupId, place, committed) => {
      store.beginInTransaction(groupId, place)
      transactions.written(partition, producerId, { groupId, place, committed })
    },
    ended: (producerId, how) => transactions.ended(partition, producerId, how),
    group: (groupId, stored) => {
      groups.set(groupId, groupFromRecord(groupId, stored, world))
    },
    consumerGroup: (groupId, records) => consumers.load(groupId, records),
    shareGroup: (groupId, records) => share.load(groupId, records),
    streamsGroup: (groupId, records) => streams.load(groupId, records),
    offsetsRead: (groupId) => {
      if (store.get(groupId) !== undefined) groupFor(groupId)
    },
  }
}
