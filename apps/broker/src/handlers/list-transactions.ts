import { ErrorCode, ListTransactions, type ListTransactionsResponse } from '@pafka/protocol'

import { unknownStates } from '../transactions/transaction-view.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 1 asks for what runs for longer (KIP-994). Source: ListTransactionsRequest.json. */
export const listTransactions: RequestHandler = defineHandler(
  ListTransactions,
  [0, 1],
  async (request, { transactions }): Promise<ListTransactionsResponse> => {
    const { stateFilters: states, producerIdFilters: producerIds, durationFilter } = request
    const listed = await transactions.list({ states, producerIds, longerThanMs: durationFilter })
    const isRefused = typeof listed === 'number'
    return {
      throttleTimeMs: 0,
      errorCode: isRefused ? listed : ErrorCode.NONE,
      unknownStateFilters: unknownStates(states),
      transactionStates: isRefused ? [] : listed,
    }
  },
)
