import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'
import type { TopicPartitions } from '../topic-types.ts'

/** What a program wants nothing of for a while, whether it is this member's or not. */
export class PausedPartitions {
  readonly #topics = new Set<string>()
  readonly #partitions = new Map<string, TopicPartition>()
  /** Of topics that are paused as a whole. */
  readonly #resumed = new Map<string, TopicPartition>()

  /** Without partitions all of the topic, those that come too. */
  pause(topic: string, partitions: readonly number[] | undefined): void {
    if (partitions === undefined) {
      this.#forget(topic)
      this.#topics.add(topic)
      return
    }
    for (const partition of partitions) {
      this.#partitions.set(partitionKey({ topic, partition }), { topic, partition })
      this.#resumed.delete(partitionKey({ topic, partition }))
    }
  }

  resume(topic: string, partitions: readonly number[] | undefined): void {
    if (partitions === undefined) {
      this.#forget(topic)
      return
    }
    for (const partition of partitions) {
      this.#partitions.delete(partitionKey({ topic, partition }))
      this.#resumed.set(partitionKey({ topic, partition }), { topic, partition })
    }
  }

  isPaused(place: TopicPartition): boolean {
    const key = partitionKey(place)
    return this.#partitions.has(key) || (this.#topics.has(place.topic) && !this.#resumed.has(key))
  }

  /** Those of `places` that are paused. */
  among(places: readonly TopicPartition[]): TopicPartitions[] {
    const paused = places.filter((place) => this.isPaused(place))
    return [...Map.groupBy(paused, ({ topic }) => topic)].map(([topic, own]) => ({
      topic,
      partitions: own.map(({ partition }) => partition).toSorted((one, two) => one - two),
    }))
  }

  #forget(topic: string): void {
    this.#topics.delete(topic)
    for (const places of [this.#partitions, this.#resumed]) {
      for (const [key, place] of places) if (place.topic === topic) places.delete(key)
    }
  }
}
