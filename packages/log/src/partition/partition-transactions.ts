import { ErrorCode } from '@pafka/protocol'

import { abortedTransactions, type ReadRange } from '../read/stable-reads.ts'
import type { AbortedTransaction } from '../segment/transaction-index.ts'
import type { LogParts } from './log-parts.ts'

interface EpochOfProducer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Who ends a transaction in a partition. */
export interface MarkerOrigin extends EpochOfProducer {
  readonly coordinatorEpoch: number
}

/** What a partition knows of transactions that have records in it. */
export class PartitionTransactions {
  readonly #parts: LogParts

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  /**
   * Whether a transaction is open that a batch of this epoch goes on with. One of a higher epoch
   * belongs to the next, though the marker of this one may still be on its way.
   */
  isOpen({ producerId, producerEpoch }: EpochOfProducer): boolean {
    const { producers } = this.#parts
    if (producers.transactions.firstOffsetOf(producerId) < 0) return false
    return producers.get(producerId)?.epoch === producerEpoch
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
