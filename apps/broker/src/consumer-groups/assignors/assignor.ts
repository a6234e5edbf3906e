import type { Partitions } from '../partitions.ts'

/** A member, as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** Topics that it wants and that are there. Members that want the same may share the set. */
  readonly topicIds: ReadonlySet<string>
  /** What it should have had so far. */
  readonly before: Partitions
}

export interface AssignorInput {
  /** Sorted by `compareMembers`, so that equal groups are assigned equally. */
  readonly members: readonly AssignorMember[]
  /** 0 for a topic that is not there. */
  readonly partitionCount: (topicId: string) => number
}

/** Who should have what, by member id. Pure; each partition that is wanted goes to one member. */
export type Assignor = (input: AssignorInput) => ReadonlyMap<string, Partitions>

/** Static members first, by the name that outlives their restart. */
export function compareMembers(one: AssignorMember, other: AssignorMember): number {
  const isStatic = one.instanceId !== null
  if (isStatic !== (other.instanceId !== null)) return isStatic ? -1 : 1
  const nameOfOne = one.instanceId ?? one.memberId
  const nameOfOther = other.instanceId ?? other.memberId
  if (nameOfOne === nameOfOther) return 0
  return nameOfOne < nameOfOther ? -1 : 1
}

/** Topic id to the members that want it, in the order of the members. */
export function subscribersByTopic(
  members: readonly AssignorMember[],
): ReadonlyMap<string, readonly AssignorMember[]> {
  const subscribers = new Map<string, AssignorMember[]>()
  for (const member of members) {
    for (const topicId of member.topicIds) {
      const ofTopic = subscribers.get(topicId)
      if (ofTopic === undefined) subscribers.set(topicId, [member])
      else ofTopic.push(member)
    }
  }
  return subscribers
}
