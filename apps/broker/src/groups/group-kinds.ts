import type { ErrorCode } from '@pafka/protocol'

import type { ConsumerGroupState } from '../consumer-groups/consumer-group.ts'
import { namesOfAll } from '../consumer-groups/subscriptions.ts'
import { LiveShareGroup } from '../share-groups/live-share-group.ts'
import type { ShareGroupState } from '../share-groups/share-group.ts'
import type { AnyGroup } from './any-group.ts'
import { ClassicGroup } from './classic-group.ts'
import type { GroupState } from './group-state.ts'

export type AnyGroupState = GroupState | ConsumerGroupState | ShareGroupState

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
  if (group instanceof LiveShareGroup) return group.group.topicNames().has(topic)
  return namesOfAll(group.group).has(topic)
}

/** The group is deleted or the broker stops: whoever waits is told `errorCode`. */
export function endGroup(group: AnyGroup, errorCode: ErrorCode): void {
  if (group instanceof ClassicGroup) group.die(errorCode)
  else group.timers.clear()
}
