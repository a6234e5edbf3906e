import type { Partitions } from '../consumer-groups/partitions.ts'
import type { TopicsView } from '../consumer-groups/topics-view.ts'
import type { LiveStreamsGroup } from './live-streams-group.ts'
import type { UserEndpoint } from './streams-member.ts'
import { withoutEpochs } from './tasks.ts'
import { sourcesOf, type Topology } from './topology.ts'

/** Partitions of one topic. */
export interface ReadPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** Where to ask about what of the state: the partitions that it comes from. */
export interface EndpointPartitions {
  readonly userEndpoint: UserEndpoint
  readonly activePartitions: readonly ReadPartitions[]
  readonly standbyPartitions: readonly ReadPartitions[]
}

/** Of all members that have an endpoint. */
export function endpointPartitions({ group, world }: LiveStreamsGroup): EndpointPartitions[] {
  const { topology, members } = group
  if (topology === null) return []
  return [...members.values()].flatMap(({ userEndpoint, assigned }) => {
    if (userEndpoint === null) return []
    const { active, standby } = withoutEpochs(assigned)
    return {
      userEndpoint,
      activePartitions: readBy(active, topology, world.topics),
      standbyPartitions: readBy(standby, topology, world.topics),
    }
  })
}

/** A task reads the partition of its number of each topic that has as many. */
function readBy(tasks: Partitions, topology: Topology, topics: TopicsView): ReadPartitions[] {
  return topology.subtopologies.flatMap((subtopology) => {
    const all = tasks.get(subtopology.subtopologyId) ?? []
    return [...new Set(sourcesOf(subtopology))].flatMap((topic) => {
      const count = topics.byName(topic)?.partitions.length ?? 0
      const partitions = all.filter((partition) => partition < count)
      return partitions.length > 0 ? { topic, partitions } : []
    })
  })
}
