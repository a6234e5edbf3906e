import type { LiveStreamsGroup } from './live-streams-group.ts'
import type { StreamsGroupState } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { bySubtopology, type Tasks, withoutEpochs } from './tasks.ts'
import type { InternalTopic, Topology } from './topology.ts'

/** Field names are those of `StreamsGroupDescribeResponse`. */
export interface StreamsGroupDescription {
  readonly groupId: string
  readonly groupState: StreamsGroupState
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  /** With the partitions that topics have come to, when all are there. */
  readonly topology: Topology | null
  readonly members: readonly DescribedStreamsMember[]
}

export interface DescribedStreamsMember {
  readonly member: StreamsMember
  readonly assignment: Tasks
  readonly target: Tasks
}

export function describeStreamsGroup(live: LiveStreamsGroup): StreamsGroupDescription {
  const { group } = live
  return {
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    topology: group.topology && describedTopology(group.topology, live),
    members: [...group.members.values()].map((member) => ({
      member,
      assignment: withoutEpochs(member.assigned),
      target: group.target(member.memberId),
    })),
  }
}

function describedTopology(topology: Topology, live: LiveStreamsGroup): Topology {
  const isReady = live.configured()?.problem === null
  const { topics } = live.world
  const described = (internal: readonly InternalTopic[]): InternalTopic[] =>
    internal
      .map((topic) => {
        const count = isReady ? topics.byName(topic.name)?.partitions.length : undefined
        return { ...topic, partitions: count ?? topic.partitions }
      })
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const subtopologies = topology.subtopologies.map((one) => ({
    ...one,
    sourceTopics: one.sourceTopics.toSorted(),
    repartitionSinkTopics: one.repartitionSinkTopics.toSorted(),
    repartitionSourceTopics: described(one.repartitionSourceTopics),
    stateChangelogTopics: described(one.stateChangelogTopics),
  }))
  return { epoch: topology.epoch, subtopologies: subtopologies.toSorted(bySubtopology) }
}
