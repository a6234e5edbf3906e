import { ErrorCode } from '@pafka/protocol'

/** Clients from before KIP-360 know a fenced producer by another code. */
export function fencedAs(errorCode: ErrorCode, knowsFenced: boolean): ErrorCode {
  return errorCode === ErrorCode.PRODUCER_FENCED && !knowsFenced
    ? ErrorCode.INVALID_PRODUCER_EPOCH
    : errorCode
}
