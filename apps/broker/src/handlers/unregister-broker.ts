import { ErrorCode, UnregisterBroker, type UnregisterBrokerResponse } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'

/** There is no other broker, and the one that is asked serves. */
export const unregisterBroker: RequestHandler = defineHandler(
  UnregisterBroker,
  [0, 0],
  ({ brokerId }, { cluster }): UnregisterBrokerResponse => {
    if (brokerId === cluster.nodeId) {
      const errorMessage = `Broker ${brokerId} is this one, and the only one: it stays.`
      return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
    }
    const errorMessage = `There is no broker ${brokerId}.`
    return { throttleTimeMs: 0, errorCode: ErrorCode.BROKER_ID_NOT_REGISTERED, errorMessage }
  },
)
