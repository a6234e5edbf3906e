import { ErrorCode } from '@pafka/protocol'

import { abortedTransactions, type ReadRange } from '../read/stable-reads.ts'
import type { AbortedTransaction } from '../segment/transaction-index.ts'
import type { LogParts } from './log-parts.ts'

/** Who ends a transaction in a partition. */
export interface MarkerOrigin {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/** What a partition knows of transactions that have records in it. */
export class PartitionTransactions {
  readonly #parts: LogParts

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  /** Of a producer's open transaction, or -1. */
  firstOffsetOf(producerId: number): number {
    return this.#parts.producers.transactions.firstOffsetOf(producerId)
  }

  /** Those that were aborted in a range, which ends at the last stable offset or below. */
  aborted(range: ReadRange): Promise<AbortedTransaction[]> {
    return abortedTransactions(this.#parts, range)
  }

  /** Whether a marker may be written. Source: Kafka `ProducerAppendInfo.appendEndTxnMarker`. */
  checkMarker({ producerId, producerEpoch, coordinatorEpoch }: MarkerOrigin): ErrorCode {
    const entry = this.#parts.producers.get(producerId)
    if (entry === undefined) return ErrorCode.NONE
    if (producerEpoch < entry.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH
    const isOld = coordinatorEpoch < entry.coordinatorEpoch
    return isOld ? ErrorCode.TRANSACTION_COORDINATOR_FENCED : ErrorCode.NONE
  }
}
