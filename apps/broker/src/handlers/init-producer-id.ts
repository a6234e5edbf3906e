import {
  ErrorCode,
  InitProducerId,
  type InitProducerIdRequest,
  type InitProducerIdResponse,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 3 says which id the producer had (KIP-360). Source: InitProducerIdRequest.json. */
export const initProducerId: RequestHandler = defineHandler(InitProducerId, [0, 5], answer)

async function answer(
  request: InitProducerIdRequest,
  { producerIds, logger }: HandlerContext,
): Promise<InitProducerIdResponse> {
  const { transactionalId, producerId, producerEpoch } = request
  if (transactionalId === '' || (producerId === -1) !== (producerEpoch === -1)) {
    return failed(ErrorCode.INVALID_REQUEST)
  }
  // Fatal in every client, with a message that names the transactional id. UNSUPPORTED_VERSION
  // would be nearer, but some clients take it for an unknown broker error and try for ever.
  if (transactionalId !== null) return failed(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  try {
    // As in Kafka a producer without a transactional id gets a new id whatever it had before.
    return { ...failed(ErrorCode.NONE), producerId: await producerIds.next(), producerEpoch: 0 }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    logger.error('producer-id-not-reserved', { cause })
    return failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) // clients try again, as with Kafka
  }
}

function failed(errorCode: ErrorCode): InitProducerIdResponse {
  return {
    throttleTimeMs: 0,
    errorCode,
    producerId: -1,
    producerEpoch: -1,
    ongoingTxnProducerId: -1,
    ongoingTxnProducerEpoch: -1,
  }
}
