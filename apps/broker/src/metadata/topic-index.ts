import { assert } from '@pafka/base'

import { collisionKey } from './topic-name.ts'
import type { Partition, Topic, TopicConfigs } from './topic.ts'

/** A topic as the catalog changes it. */
export interface TopicEntry extends Topic {
  partitions: readonly Partition[]
  configs: TopicConfigs
}

/** Topics in memory, found every way that a request names them. */
export class TopicIndex {
  readonly #byName = new Map<string, TopicEntry>()
  readonly #byId = new Map<string, TopicEntry>()
  /** Names by what they collide in. */
  readonly #names = new Map<string, string>()
  #sorted: readonly TopicEntry[] | undefined
  #totalPartitions = 0

  get totalPartitions(): number {
    return this.#totalPartitions
  }

  byName(name: string): TopicEntry | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): TopicEntry | undefined {
    return this.#byId.get(id)
  }

  byCollisionKey(key: string): string | undefined {
    return this.#names.get(key)
  }

  /** By name, in the order of its characters. */
  all(): readonly TopicEntry[] {
    this.#sorted ??= [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return this.#sorted
  }

  add(topic: TopicEntry): void {
    assert(!this.#byName.has(topic.name), 'a topic name is taken once')
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    this.#names.set(collisionKey(topic.name), topic.name)
    this.#totalPartitions += topic.partitions.length
    this.#sorted = undefined
  }

  remove(topic: TopicEntry): void {
    assert(this.#byId.delete(topic.id), 'a topic is removed once')
    this.#byName.delete(topic.name)
    this.#names.delete(collisionKey(topic.name))
    this.#totalPartitions -= topic.partitions.length
    this.#sorted = undefined
  }

  setPartitions(topic: TopicEntry, partitions: readonly Partition[]): void {
    this.#totalPartitions += partitions.length - topic.partitions.length
    topic.partitions = partitions
  }
}
