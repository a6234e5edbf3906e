import type { PartitionLog } from '../partition/partition-log.ts'
import type { MovedPlace } from '../segment/moved-segment.ts'

/** Logs by topic and partition; a lookup builds no string. */
export class LogDirectory {
  readonly #topics = new Map<string, Map<number, PartitionLog>>()
  readonly #ids = new Map<string, Map<number, PartitionLog>>()

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  byJournalId(topicId: string, partition: number): PartitionLog | undefined {
    return this.#ids.get(topicId)?.get(partition)
  }

  ofTopic(topic: string): Iterable<PartitionLog> {
    return this.#topics.get(topic)?.values() ?? []
  }

  add(log: PartitionLog): void {
    put(this.#topics, log.topic, log)
    put(this.#ids, log.journalId.toString('latin1'), log)
  }

  remove(log: PartitionLog): void {
    take(this.#topics, log.topic, log)
    take(this.#ids, log.journalId.toString('latin1'), log)
  }

  /** Logs that have their home in a dir, or a segment. */
  countIn({ path, directoryId }: { readonly path: string; readonly directoryId: string }): number {
    let count = 0
    for (const log of this.all()) {
      const isIn = (moved: MovedPlace | undefined): boolean => moved?.directoryId === directoryId
      if (log.dir === path || log.parts.segments.all().some(({ moved }) => isIn(moved))) count += 1
    }
    return count
  }

  *all(): Generator<PartitionLog> {
    for (const logs of this.#topics.values()) yield* logs.values()
  }
}

function put(all: Map<string, Map<number, PartitionLog>>, key: string, log: PartitionLog): void {
  const logs = all.get(key)
  if (logs === undefined) all.set(key, new Map([[log.partition, log]]))
  else logs.set(log.partition, log)
}

function take(all: Map<string, Map<number, PartitionLog>>, key: string, log: PartitionLog): void {
  const logs = all.get(key)
  if (logs?.get(log.partition) !== log) return
  logs.delete(log.partition)
  if (logs.size === 0) all.delete(key)
}
