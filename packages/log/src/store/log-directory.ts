import type { PartitionLog } from '../partition/partition-log.ts'

/** Logs by topic and partition; a lookup builds no string. */
export class LogDirectory {
  readonly #topics = new Map<string, Map<number, PartitionLog>>()

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  ofTopic(topic: string): Iterable<PartitionLog> {
    return this.#topics.get(topic)?.values() ?? []
  }

  add(log: PartitionLog): void {
    const logs = this.#topics.get(log.topic)
    if (logs === undefined) this.#topics.set(log.topic, new Map([[log.partition, log]]))
    else logs.set(log.partition, log)
  }

  remove(log: PartitionLog): void {
    const logs = this.#topics.get(log.topic)
    if (logs?.get(log.partition) !== log) return
    logs.delete(log.partition)
    if (logs.size === 0) this.#topics.delete(log.topic)
  }

  *all(): Generator<PartitionLog> {
    for (const logs of this.#topics.values()) yield* logs.values()
  }
}
