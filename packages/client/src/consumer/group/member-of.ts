import type { Clock, Random } from '@pafka/base'

import type { Cluster } from '../../cluster/cluster.ts'
import type { OwnLane } from '../../connection/broker-link.ts'
import type { ConsumerSettings } from '../consumer-settings.ts'
import type { Subscription } from '../subscription.ts'
import { ClassicMember } from './classic-member.ts'
import { consumerMember } from './consumer-member.ts'
import type { GroupMember, MemberEvents } from './group-member.ts'
import { racksFrom } from './partition-racks.ts'
import { watchedEvents } from './watched-events.ts'
import { stickyProtocol } from './sticky-protocol.ts'

export interface MemberParts {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly groupId: string
  readonly rack: string | undefined
  readonly lane: OwnLane
  readonly subscription: Subscription<unknown, unknown>
  readonly events: MemberEvents
}

/** A member of a group, by whichever protocol the consumer is to have. */
export function memberOf(settings: ConsumerSettings, given: MemberParts): GroupMember {
  const parts = { ...given, events: watchedEvents(given) }
  const { subscription, cluster } = parts
  const { protocol, instanceId, assignor, rebalanceTimeoutMs, sessionTimeoutMs } = settings
  if (protocol === 'consumer') {
    const { names: topics, serverPattern: pattern } = subscription
    return consumerMember({
      ...{ ...parts, instanceId, assignor, rebalanceTimeoutMs, topics, pattern },
    })
  }
  return new ClassicMember({
    ...{ ...parts, instanceId, rebalanceTimeoutMs, sessionTimeoutMs },
    protocol: stickyProtocol(racksFrom(cluster.metadata)),
    topics: () => subscription.topicsOf(cluster.metadata.topics),
  })
}
