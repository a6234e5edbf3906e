import {
  DescribeTransactions,
  type DescribeTransactionsResponse,
  type DescribeTransactionsResponseTransactionState,
  ErrorCode,
} from '@pafka/protocol'

import type { TransactionMetadata } from '../transactions/transaction-metadata.ts'
import { byTopic } from '../transactions/transaction-record.ts'
import { stateName } from '../transactions/transaction-view.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** KIP-664. Source: DescribeTransactionsRequest.json. */
export const describeTransactions: RequestHandler = defineHandler(
  DescribeTransactions,
  [0, 0],
  async ({ transactionalIds }, { transactions }): Promise<DescribeTransactionsResponse> => ({
    throttleTimeMs: 0,
    transactionStates: await Promise.all(
      transactionalIds.map(async (transactionalId) =>
        described(transactionalId, await transactions.describe(transactionalId)),
      ),
    ),
  }),
)

function described(
  transactionalId: string,
  found: TransactionMetadata | ErrorCode,
): DescribeTransactionsResponseTransactionState {
  if (typeof found === 'number') return { ...NOTHING, transactionalId, errorCode: found }
  return {
    errorCode: ErrorCode.NONE,
    transactionalId,
    transactionState: stateName(found),
    transactionTimeoutMs: found.timeoutMs,
    transactionStartTimeMs: found.startMs,
    producerId: found.producerId,
    producerEpoch: found.producerEpoch,
    topics: byTopic(found.partitions).map(({ topic, partitionIds }) => ({
      topic,
      partitions: partitionIds,
    })),
  }
}

const NOTHING = {
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
}
