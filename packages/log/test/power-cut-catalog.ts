import type { KnownTopics } from '@pafka/log'

interface Topic {
  readonly name: string
  readonly partitions: readonly { readonly topicId: string; readonly partition: number }[]
}

/**
 * What survives of topics whatever happens to their folders: it is durable before one is used, and
 * before the folders of a deleted one go. It does not say which dir a partition is in.
 * @param gone ids of deleted topics
 */
export function catalogOf(
  topics: readonly Topic[],
  gone: ReadonlyMap<string, unknown>,
): KnownTopics {
  return {
    isDeleted: (topicId) => gone.has(topicId),
    idOf(name, partition) {
      const topic = topics.find((one) => one.name === name)
      return topic?.partitions.find((one) => one.partition === partition)?.topicId
    },
    find(topicId, partition) {
      const topic = topics.find(({ partitions }) =>
        partitions.some((one) => one.topicId === topicId && one.partition === partition),
      )
      return topic && { topic: topic.name, directoryId: '' }
    },
  }
}
