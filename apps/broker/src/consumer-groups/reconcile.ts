import { type CurrentAssignment, MemberState } from './consumer-member.ts'
import { NOTHING_OWNED, type OwnedPartitions, ownsAny, type Partitions } from './partitions.ts'

export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: Partitions
  /** What the member says that it has; null when it does not say. */
  readonly reported: Partitions | null
  /** The member changed its subscription just now. */
  readonly subscriptionChanged: boolean
  /** Whether the member wants the topic, and the topic is there. */
  readonly isSubscribed: (topicId: string) => boolean
  /** Whether somebody else has the partition. */
  readonly isTaken: (topicId: string, partition: number) => boolean
}

/**
 * The next step of a member from what it has to what it should have. First it gives up what others
 * get, and only when it says that it did, it is given the rest; what somebody else has not given up
 * is waited for. Source of the rules: KIP-848, Kafka `CurrentAssignmentBuilder`.
 * @returns `current` itself when there is no step to take
 */
export function reconcile(current: CurrentAssignment, to: Reconciliation): CurrentAssignment {
  switch (current.state) {
    case MemberState.STABLE: {
      if (current.memberEpoch !== to.targetEpoch) return nextAssignment(current, to)
      return to.subscriptionChanged ? withoutUnsubscribed(current, to) : current
    }
    case MemberState.UNREVOKED: {
      if (!holdsAny(to.reported, current.revoking)) return nextAssignment(current, to)
      return to.subscriptionChanged ? withoutUnsubscribed(current, to) : current
    }
    default: {
      return nextAssignment(current, to)
    }
  }
}

/** When in doubt it has them. */
function holdsAny(reported: Partitions | null, owned: OwnedPartitions): boolean {
  return reported === null || ownsAny(reported, owned)
}

function nextAssignment(current: CurrentAssignment, to: Reconciliation): CurrentAssignment {
  const kept = new Map<string, Map<number, number>>()
  const lost = new Map<string, Map<number, number>>()
  const gained = new Map<string, readonly number[]>()
  let someAreTaken = false
  for (const topicId of new Set([...to.target.keys(), ...current.assigned.keys()])) {
    const target = to.isSubscribed(topicId) ? (to.target.get(topicId) ?? []) : []
    const wanted = new Set(target)
    for (const [partition, epoch] of current.assigned.get(topicId) ?? []) {
      const into = wanted.delete(partition) ? kept : lost
      put(into, topicId, partition, epoch)
    }
    const free = [...wanted].filter((partition) => !to.isTaken(topicId, partition))
    if (free.length > 0) gained.set(topicId, free)
    someAreTaken ||= free.length < wanted.size
  }
  if (lost.size > 0 && holdsAny(to.reported, lost)) {
    return {
      memberEpoch: current.memberEpoch,
      previousEpoch: current.memberEpoch,
      state: MemberState.UNREVOKED,
      assigned: kept,
      revoking: lost,
    }
  }
  for (const [topicId, partitions] of gained) {
    for (const partition of partitions) put(kept, topicId, partition, to.targetEpoch)
  }
  return {
    memberEpoch: to.targetEpoch,
    previousEpoch: current.memberEpoch,
    state: someAreTaken ? MemberState.UNRELEASED : MemberState.STABLE,
    assigned: kept,
    revoking: NOTHING_OWNED,
  }
}

/** Topics that the member does not want any more are taken from it, whatever the target says. */
function withoutUnsubscribed(current: CurrentAssignment, to: Reconciliation): CurrentAssignment {
  const assigned = new Map(current.assigned)
  const revoking = new Map<string, Map<number, number>>()
  for (const [topicId, epochs] of current.revoking) revoking.set(topicId, new Map(epochs))
  for (const [topicId, epochs] of current.assigned) {
    if (to.isSubscribed(topicId)) continue
    assigned.delete(topicId)
    for (const [partition, epoch] of epochs) put(revoking, topicId, partition, epoch)
  }
  if (assigned.size === current.assigned.size) return current
  const { memberEpoch } = current
  const next = { memberEpoch, previousEpoch: memberEpoch, assigned }
  if (holdsAny(to.reported, revoking)) return { ...next, state: MemberState.UNREVOKED, revoking }
  return { ...next, state: current.state, revoking: current.revoking }
}

function put(
  into: Map<string, Map<number, number>>,
  topicId: string,
  partition: number,
  epoch: number,
): void {
  const epochs = into.get(topicId)
  if (epochs === undefined) into.set(topicId, new Map([[partition, epoch]]))
  else epochs.set(partition, epoch)
}
