import { ErrorCode, SaslHandshake, type SaslHandshakeResponse } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'

/**
 * No listener authenticates, so there is nothing to agree on: said as Kafka's plain listeners do.
 */
export const saslHandshake: RequestHandler = defineHandler(
  SaslHandshake,
  [0, 1],
  (): SaslHandshakeResponse => ({ errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] }),
)
