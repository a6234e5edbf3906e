import type { KnownTopics } from '@pafka/log'

import type { CatalogState } from './catalog-state.ts'

/** What the catalog tells a store before it loads its logs. */
export function knownTopics(state: CatalogState): KnownTopics {
  return {
    isDeleted: (topicId) => state.deletedIds.has(topicId),
    idOf(topic, partition) {
      const found = [...state.topics.values()].find(({ name }) => name === topic)
      return found !== undefined && partition < found.partitions ? found.id : undefined
    },
    find(topicId, partition) {
      const topic = state.topics.get(topicId)
      if (topic === undefined || partition >= topic.partitions) return undefined
      return { topic: topic.name, directoryId: topic.places[partition] ?? '' }
    },
  }
}
