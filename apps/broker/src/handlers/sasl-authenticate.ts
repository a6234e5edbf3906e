import { ErrorCode, SaslAuthenticate, type SaslAuthenticateResponse } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'

/** No listener authenticates: said as Kafka's plain listeners do. */
export const saslAuthenticate: RequestHandler = defineHandler(
  SaslAuthenticate,
  [0, 2],
  (): SaslAuthenticateResponse => ({
    errorCode: ErrorCode.ILLEGAL_SASL_STATE,
    errorMessage: 'This listener does not authenticate: connect with security.protocol=PLAINTEXT.',
    authBytes: new Uint8Array(0),
    sessionLifetimeMs: 0,
  }),
)
