import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import type { MovedPlace } from '../segment/moved-segment.ts'

interface LogDirId {
  readonly path: string
  readonly directoryId: string
}

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
  countIn({ path, directoryId }: LogDirId): number {
    let count = 0
    for (const log of this.all()) {
      const isIn = (moved: MovedPlace | undefined): boolean => moved?.directoryId === directoryId
      if (log.dir === path || log.parts.segments.all().some(({ moved }) => isIn(moved))) count += 1
    }
    return count
  }

  /** Logs with their home elsewhere, of which a dir has, or gets, what no checkpoint covers. */
  writingTo({ path, directoryId }: LogDirId): PartitionLog[] {
    const isWritten = (log: PartitionLog, segment: LogSegment): boolean => {
      if (segment.moved?.directoryId !== directoryId) return false
      const { active } = log.parts.segments
      return segment === active || segment.isBegun || segment.storedBytes < segment.sizeBytes
    }
    const others = [...this.all()].filter(({ dir }) => dir !== path)
    return others.filter((log) => log.parts.segments.all().some((one) => isWritten(log, one)))
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
