import { AssignerProtocol } from './assigner-protocol.ts'
import type { Assignment, GroupMember, PartitionAssigner } from './assigner-types.ts'

const { MemberMetadata, MemberAssignment } = AssignerProtocol

/** Members agree on a way to share by its name. */
const NAME = 'RoundRobinAssigner'
const VERSION = 0

/** Gives partitions to members in turn; nobody gets a topic that it did not ask for. */
const roundRobin: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  async assign({ members, topics }) {
    const wanted = topicsByMember(members)
    const all = new Set([...topics, ...[...wanted.values()].flatMap((own) => [...own])])
    await cluster.addMultipleTargetTopics([...all])
    const memberIds = [...wanted.keys()].toSorted()
    const assignments = new Map<string, Assignment>()
    let turn = 0
    for (const topic of all) {
      const takers = memberIds.filter((memberId) => wanted.get(memberId)?.has(topic) === true)
      if (takers.length === 0) continue
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        const memberId = takers[turn % takers.length] ?? ''
        turn += 1
        const own = assignments.get(memberId) ?? {}
        assignments.set(memberId, own)
        ;(own[topic] ??= []).push(partitionId)
      }
    }
    return [...assignments].map(([memberId, assignment]) => {
      const fields = { version: VERSION, assignment, userData: NO_BYTES }
      return { memberId, memberAssignment: MemberAssignment.encode(fields) }
    })
  },
  protocol({ topics }) {
    const fields = { version: VERSION, topics, userData: NO_BYTES }
    return { name: NAME, metadata: MemberMetadata.encode(fields) }
  },
})

const NO_BYTES = Buffer.alloc(0)

function topicsByMember(members: readonly GroupMember[]): Map<string, ReadonlySet<string>> {
  return new Map(
    members.map(({ memberId, memberMetadata }) => {
      return [memberId, new Set(MemberMetadata.decode(memberMetadata)?.topics ?? [])]
    }),
  )
}

export const PartitionAssigners: { roundRobin: PartitionAssigner } = { roundRobin }
