import { EndTxn, type EndTxnResponse } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'
import { fencedAs } from './transaction-errors.ts'

/** From here on each end raises the epoch, and tells the new one (KIP-890). */
const RAISING_VERSION = 5

/** Version 2 knows PRODUCER_FENCED. Source: EndTxnRequest.json. */
export const endTxn: RequestHandler = defineHandler(
  EndTxn,
  [0, 5],
  async (request, { transactions }, { apiVersion }): Promise<EndTxnResponse> => {
    const { transactionalId, producerId, producerEpoch, committed: isCommit } = request
    const clientVersion = apiVersion >= RAISING_VERSION ? 2 : 0
    const asked = { producerId, producerEpoch, isCommit, clientVersion }
    const { errorCode, ...next } = await transactions.endTransaction(transactionalId, asked)
    return { throttleTimeMs: 0, errorCode: fencedAs(errorCode, apiVersion >= 2), ...next }
  },
)
