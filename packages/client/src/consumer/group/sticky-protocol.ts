import type { JoinGroupResponse } from '@pafka/protocol'

import type { GroupProtocol } from './group-protocol.ts'
import {
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type GroupSubscription,
} from './group-subscription.ts'
import type { PartitionRacks } from './partition-racks.ts'
import { assignSticky } from './sticky-assignor.ts'

/** As Kafka's own: members of any make agree on it. */
const NAME = 'cooperative-sticky'

/** Members keep what they have while they join (KIP-429). */
export const stickyProtocol = (racksOf?: PartitionRacks): GroupProtocol => ({
  isEager: false,
  offers(subscription) {
    return [{ name: NAME, metadata: encodeSubscription(subscription) }]
  },
  topicsOf(joined) {
    return [...new Set([...subscriptionsOf(joined).values()].flatMap(({ topics }) => topics))]
  },
  async assign(joined, partitionsOf) {
    const assigned = assignSticky(subscriptionsOf(joined), partitionsOf, racksOf)
    return [...assigned].map(([memberId, partitions]) => {
      return { memberId, assignment: encodeAssignment(partitions) }
    })
  },
})

function subscriptionsOf({ members }: JoinGroupResponse): ReadonlyMap<string, GroupSubscription> {
  return new Map(members.map(({ memberId, metadata }) => [memberId, decodeSubscription(metadata)]))
}
