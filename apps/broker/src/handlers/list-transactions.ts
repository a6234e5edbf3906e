import { ErrorCode, ListTransactions, type ListTransactionsResponse } from '@pafka/protocol'

import { compilePattern } from '../config/linear-pattern.ts'
import { unknownStates } from '../transactions/transaction-view.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/**
 * Version 1 asks for what runs for longer (KIP-994), 2 by a pattern of ids (KIP-1152). Source:
 * ListTransactionsRequest.json.
 */
export const listTransactions: RequestHandler = defineHandler(
  ListTransactions,
  [0, 2],
  async (request, { transactions }): Promise<ListTransactionsResponse> => {
    const { stateFilters: states, producerIdFilters: producerIds, durationFilter } = request
    const unknownStateFilters = unknownStates(states)
    const refused = (errorCode: ErrorCode): ListTransactionsResponse => ({
      throttleTimeMs: 0,
      errorCode,
      unknownStateFilters,
      transactionStates: [],
    })
    const { transactionalIdPattern: pattern } = request
    const ids = pattern ? await compilePattern(pattern) : null
    if (typeof ids === 'string') return refused(ErrorCode.INVALID_REGULAR_EXPRESSION)
    const filter = { states, producerIds, longerThanMs: durationFilter }
    const listed = await transactions.list(filter)
    if (typeof listed === 'number') return refused(listed)
    const transactionStates = ids
      ? listed.filter(({ transactionalId }) => ids.matches(transactionalId))
      : listed
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, unknownStateFilters, transactionStates }
  },
)
