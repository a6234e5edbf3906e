import { ErrorCode } from '@pafka/protocol'

import type { OffsetsLog, OffsetsRecord } from '../src/coordinator/offsets-log.ts'

/** Keeps records in memory; for tests, which may make it slow or make it fail. */
export class MemoryOffsetsLog implements OffsetsLog {
  readonly partitionCount: number
  readonly #partitions = new Map<number, OffsetsRecord[]>()
  readonly #held: (() => void)[] = []
  /** Appends wait for `release`. */
  isHeld = false
  /** What appends are answered with; they keep nothing unless it is NONE. */
  errorCode: ErrorCode = ErrorCode.NONE

  constructor(partitionCount = 50) {
    this.partitionCount = partitionCount
  }

  get heldCount(): number {
    return this.#held.length
  }

  async ensureCreated(): Promise<ErrorCode> {
    return this.errorCode
  }

  partitionsToLoad(): readonly number[] {
    return [...this.#partitions.keys()]
  }

  append(
    partition: number,
    records: readonly OffsetsRecord[],
    done: (errorCode: ErrorCode) => void,
  ): void {
    const complete = (): void => {
      if (this.errorCode === ErrorCode.NONE) this.records(partition).push(...records)
      done(this.errorCode)
    }
    if (this.isHeld) this.#held.push(complete)
    else queueMicrotask(complete)
  }

  /** Completes what was held back, in order. */
  release(): void {
    for (const complete of this.#held.splice(0)) complete()
  }

  async replay(partition: number, visit: (record: OffsetsRecord) => void): Promise<void> {
    for (const record of this.records(partition)) visit(record)
  }

  records(partition: number): OffsetsRecord[] {
    let records = this.#partitions.get(partition)
    if (records === undefined) {
      records = []
      this.#partitions.set(partition, records)
    }
    return records
  }
}
