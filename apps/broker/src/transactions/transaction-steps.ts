import type { Clock } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import {
  type CoordinatorLog,
  type CoordinatorRecord,
  partitionOfKey,
} from '../coordinator-log/coordinator-log.ts'
import { errorOfFailedAppend } from '../coordinator-log/failed-append.ts'
import { completed, fencingAbort } from './end-transaction.ts'
import type { MarkerWriter } from './marker-writer.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { transactionRecord, transactionTombstone } from './transaction-record.ts'
import type { TransactionalId } from './transactional-id.ts'

interface TransactionStepsOptions {
  readonly clock: Clock
  readonly log: CoordinatorLog
  readonly markers: MarkerWriter
}

/** What is decided for a transactional id is written down, within its turn. */
export class TransactionSteps {
  readonly #clock: Clock
  readonly #log: CoordinatorLog
  readonly #markers: MarkerWriter

  constructor({ clock, log, markers }: TransactionStepsOptions) {
    this.#clock = clock
    this.#log = log
    this.#markers = markers
  }

  async write(id: TransactionalId, next: TransactionMetadata): Promise<ErrorCode> {
    const errorCode = await this.#append(next.transactionalId, transactionRecord(next))
    if (errorCode === ErrorCode.NONE) id.metadata = next
    return errorCode
  }

  /**
   * Writes markers, and that it is complete. Nobody waits for that record: what comes next for the
   * id is written behind it, and a start that does not find it writes the markers once more.
   */
  async complete(id: TransactionalId, prepared: TransactionMetadata): Promise<ErrorCode> {
    const epoch = this.#log.epochOf(this.#partitionOf(prepared.transactionalId))
    if (!(await this.#markers.write(prepared, epoch))) return ErrorCode.NOT_COORDINATOR
    id.metadata = completed(prepared, this.#clock.nowMs())
    void this.#append(prepared.transactionalId, transactionRecord(id.metadata))
    return ErrorCode.NONE
  }

  /** For a producer that nobody hears of any more. */
  async abort(id: TransactionalId, metadata: TransactionMetadata): Promise<ErrorCode> {
    const next = fencingAbort(metadata, this.#clock.nowMs())
    const errorCode = await this.write(id, next)
    return errorCode === ErrorCode.NONE ? this.complete(id, next) : errorCode
  }

  /** @returns whether it is forgotten */
  async forget(id: TransactionalId, transactionalId: string): Promise<boolean> {
    const errorCode = await this.#append(transactionalId, transactionTombstone(transactionalId))
    if (errorCode !== ErrorCode.NONE) return false
    id.metadata = undefined
    return true
  }

  #append(transactionalId: string, record: CoordinatorRecord): Promise<ErrorCode> {
    const partition = this.#partitionOf(transactionalId)
    return new Promise((resolve) => {
      this.#log.append(partition, [record], (errorCode) => resolve(errorOfFailedAppend(errorCode)))
    })
  }

  #partitionOf(transactionalId: string): number {
    return partitionOfKey(transactionalId, this.#log.partitionCount)
  }
}
