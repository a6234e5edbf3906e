import { ErrorCode } from '@pafka/protocol'

import type {
  CoordinatorLog,
  CoordinatorRecord,
  CoordinatorReplay,
  TransactionalWriter,
} from '../src/coordinator-log/coordinator-log.ts'

/** Keeps records in memory; for tests, which may make it slow or make it fail. */
export class MemoryCoordinatorLog implements CoordinatorLog {
  readonly partitionCount: number
  readonly #partitions = new Map<number, CoordinatorRecord[]>()
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

  epochOf(): number {
    return 0
  }

  async ensureCreated(): Promise<ErrorCode> {
    return this.errorCode
  }

  partitionsToLoad(): readonly number[] {
    return [...this.#partitions.keys()]
  }

  append(
    partition: number,
    records: readonly CoordinatorRecord[],
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

  /** Forgets what was held back, as a broker does that is killed. */
  drop(): void {
    this.#held.length = 0
  }

  /** As any other: this log knows no markers. */
  appendInTransaction(
    partition: number,
    records: readonly CoordinatorRecord[],
    _writer: TransactionalWriter,
    done: (errorCode: ErrorCode) => void,
  ): void {
    this.append(partition, records, done)
  }

  async replay(partition: number, target: CoordinatorReplay): Promise<void> {
    for (const record of this.records(partition)) target.record(record, -1)
  }

  records(partition: number): CoordinatorRecord[] {
    let records = this.#partitions.get(partition)
    if (records === undefined) {
      records = []
      this.#partitions.set(partition, records)
    }
    return records
  }
}
