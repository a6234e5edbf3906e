import type { InternalTopic, Subtopology, Topology } from '../src/streams-groups/topology.ts'

export type SubtopologyFields = Partial<Subtopology>

/** Subtopologies are numbered, and have nothing but what is said of them. */
export function aTopology(...subtopologies: readonly SubtopologyFields[]): Topology {
  return {
    epoch: 0,
    subtopologies: subtopologies.map((fields, at) => ({
      subtopologyId: String(at),
      sourceTopics: [],
      sourceTopicRegex: [],
      stateChangelogTopics: [],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
      ...fields,
    })),
  }
}

/** A topic between subtopologies. @param partitions 0 leaves them to the broker */
export function between(name: string, partitions = 0): InternalTopic {
  return { name, partitions, replicationFactor: 0, topicConfigs: [] }
}

export function changelog(name: string): InternalTopic {
  const topicConfigs = [{ key: 'cleanup.policy', value: 'compact' }]
  return { name, partitions: 0, replicationFactor: 1, topicConfigs }
}
