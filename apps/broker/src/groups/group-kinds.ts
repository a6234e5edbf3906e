import type { ErrorCode } from '@pafka/protocol'

import type { ConsumerGroupState } from '../consumer-groups/consumer-group.ts'
import { LiveGroup } from '../consumer-groups/live-group.ts'
import { namesOfAll } from '../consumer-groups/subscriptions.ts'
import { LiveShareGroup } from '../share-groups/live-share-group.ts'
import type { ShareGroupState } from '../share-groups/share-group.ts'
import { LiveStreamsGroup } from '../streams-groups/live-streams-group.ts'
import type { StreamsGroupState } from '../streams-groups/streams-group.ts'
import { readerOf } from '../streams-groups/topology.ts'
import type { AnyGroup } from './any-group.ts'
import { ClassicGroup, CONSUMER_PROTOCOL } from './classic-group.ts'
import type { GroupState } from './group-state.ts'

/** As `ListGroups` tells it. */
export type AnyGroupState = GroupState | ConsumerGroupState | ShareGroupState | StreamsGroupState

export function stateOf(group: AnyGroup): AnyGroupState {
  return group instanceof ClassicGroup ? group.state : group.group.state
}

/** Nobody is in it nor about to come: only its offsets keep it. A share group keeps itself. */
export function isDeserted(group: AnyGroup): boolean {
  if (group instanceof LiveShareGroup) return false
  return group instanceof ClassicGroup ? group.isDeserted : group.group.isEmpty
}

/** Whether it is known what topics its members use. */
export function isOfConsumers(group: AnyGroup): boolean {
  return group instanceof ClassicGroup ? group.isConsumerGroup : true
}

/** Whether offsets of the topic are in use. */
export function isSubscribedTo(group: AnyGroup, topic: string): boolean {
  if (group instanceof ClassicGroup) return group.isSubscribedTo(topic)
  if (group instanceof LiveGroup) return namesOfAll(group.group).has(topic)
  if (group instanceof LiveShareGroup) return group.group.topicNames().has(topic)
  const { isEmpty, topology } = group.group
  return !isEmpty && topology !== null && readerOf(topology, topic) !== undefined
}

/** The group is deleted or the broker stops: whoever waits is told `errorCode`. */
export function endGroup(group: AnyGroup, errorCode: ErrorCode): void {
  if (group instanceof ClassicGroup) group.die(errorCode)
  else if (group instanceof LiveStreamsGroup) group.stop()
  else group.timers.clear()
}

/** As `ListGroups` spells the kinds of groups, and what they do. */
export function kindOf(group: AnyGroup): { readonly type: string; readonly protocol: string } {
  if (group instanceof ClassicGroup) return { type: 'classic', protocol: group.protocolType ?? '' }
  if (group instanceof LiveGroup) return { type: 'consumer', protocol: CONSUMER_PROTOCOL }
  if (group instanceof LiveShareGroup) return { type: 'share', protocol: 'share' }
  return { type: 'streams', protocol: 'streams' }
}
