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
  /** As the leader of the group. */
  assign(joined: JoinGroupResponse): Promise<SyncGroupRequest['assignments']>
}
