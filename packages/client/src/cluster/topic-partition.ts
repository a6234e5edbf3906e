/** A partition by its topic's name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** For maps and sets: no two partitions have the same. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`
}
