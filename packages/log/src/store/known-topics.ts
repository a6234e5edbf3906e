/** Where a catalog says that a partition is. */
export interface KnownPartition {
  readonly topic: string
  /** Of its log dir; empty where that is not known. */
  readonly directoryId: string
}

/** What a catalog knows of topics, whose folders may be gone. Ids as in `partition.metadata`. */
export interface KnownTopics {
  /** A dir that was away may still have folders of it. They go. */
  isDeleted(topicId: string): boolean
  /** Id of the topic that has such a partition: its folder may lack it. */
  idOf(topic: string, partition: number): string | undefined
  /** Undefined for one that no topic has. */
  find(topicId: string, partition: number): KnownPartition | undefined
}

/** Without a catalog there is what there are folders of. */
export const NO_TOPICS: KnownTopics = {
  isDeleted: () => false,
  idOf: () => undefined,
  find: () => undefined,
}
