import type { JoinGroupResponse, SyncGroupRequest } from '@pafka/protocol'

import type { GroupSubscription } from './group-subscription.ts'

/** A way to share partitions, as a member offers it to its group. */
export interface OfferedProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** How the members of a group share partitions among them. */
export interface GroupProtocol {
  /** All that a member has is given up before it joins, whatever it gets then. */
  readonly isEager: boolean
  /** What this member would take, the dearest first. */
  offers(subscription: GroupSubscription): readonly OfferedProtocol[]
  /** All that any of the members wants. */
  topicsOf(joined: JoinGroupResponse): readonly string[]
  /**
   * As the leader of the group.
   * @param partitionsOf how many a topic has; 0 for one that is not there
   */
  assign(
    joined: JoinGroupResponse,
    partitionsOf: (topic: string) => number,
  ): Promise<SyncGroupRequest['assignments']>
}
