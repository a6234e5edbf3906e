import { Bell } from '../time/bell.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { AssignedPartitions } from './assigned-partitions.ts'
import { PartitionStream } from './partition-stream.ts'
import type { RecordFlow, TakenBatch } from './record-flow.ts'
import type { TakenRecordsOptions } from './taken-records.ts'

/** Whose streams they are. */
export interface StreamsOwner {
  /** False when there will be none any more. */
  readonly isOpen: () => boolean
  readonly close: () => Promise<void>
}

/** A stream for each partition of a member, as they come. */
export class PartitionStreams<K, V> {
  readonly #assigned: AssignedPartitions<K, V>
  readonly #flow: RecordFlow
  readonly #isAuto: boolean
  readonly #given = new WeakSet<AssignedPartition<K, V>>()
  readonly #change = new Bell()

  constructor({ assigned, flow, isAuto }: TakenRecordsOptions<K, V>) {
    this.#assigned = assigned
    this.#flow = flow
    this.#isAuto = isAuto
  }

  /**
   * One for each partition, as they come.
   * @param taken what is left of a batch: the stream of its partition begins with it
   * @throws what `isOpen` throws
   */
  async *all(
    { isOpen, close }: StreamsOwner,
    taken: TakenBatch | undefined,
  ): AsyncGenerator<PartitionStream<K, V>, void, undefined> {
    try {
      while (isOpen()) {
        const stream = this.#next(taken)
        if (stream !== undefined) yield stream
        // oxlint-disable-next-line no-await-in-loop -- this is the wait
        else await this.#change.heard()
      }
    } finally {
      await close()
    }
  }

  /** There may be another one, or none any more. */
  wake(): void {
    this.#change.ring()
  }

  #next(taken: TakenBatch | undefined): PartitionStream<K, V> | undefined {
    for (const of of this.#assigned.all) {
      if (of.isEnded || this.#given.has(of)) continue
      this.#given.add(of)
      const first = taken?.reader === of.reader ? taken : undefined
      return new PartitionStream(of, { flow: this.#flow, isAuto: this.#isAuto, first })
    }
    return undefined
  }
}
