import type { JoinGroupResponse, SyncGroupRequest } from '@pafka/protocol'

import type { Cluster } from '../../cluster/cluster.ts'
import type { GroupProtocol } from './group-protocol.ts'
import { decodeSubscription, encodeAssignment, encodeSubscription } from './group-subscription.ts'
import { assignSticky } from './sticky-assignor.ts'

/** As Kafka's own: members of any make agree on it. */
const NAME = 'cooperative-sticky'

/** Members keep what they have while they join (KIP-429). */
export function stickyProtocol(cluster: Cluster): GroupProtocol {
  return {
    isEager: false,
    offers: (subscription) => [{ name: NAME, metadata: encodeSubscription(subscription) }],
    assign: async (joined) => assign(cluster, joined),
  }
}

async function assign(
  cluster: Cluster,
  { members, skipAssignment }: JoinGroupResponse,
): Promise<SyncGroupRequest['assignments']> {
  if (skipAssignment) return []
  const subscriptions = new Map(
    members.map(({ memberId, metadata }) => [memberId, decodeSubscription(metadata)]),
  )
  const topics = new Set([...subscriptions.values()].flatMap(({ topics: own }) => [...own]))
  const unwatch = [...topics].map((topic) => cluster.metadata.watch(topic))
  try {
    await cluster.metadata.refresh()
    const assigned = assignSticky(subscriptions, (topic) => {
      return cluster.metadata.find(topic)?.partitions.length ?? 0
    })
    return [...assigned].map(([memberId, partitions]) => {
      return { memberId, assignment: encodeAssignment(partitions) }
    })
  } finally {
    for (const end of unwatch) end()
  }
}
