import { asError } from '../../errors/as-error.ts'
import { KafkaError } from '../../errors/kafka-error.ts'
import {
  KafkaJSConnectionError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSServerDoesNotSupportApiKey,
} from './connection-errors.ts'
import { KafkaJSError, KafkaJSNonRetriableError } from './kafkajs-error.ts'
import { protocolErrorOf } from './protocol-error-of.ts'
import { KafkaJSOffsetOutOfRange } from './protocol-errors.ts'

/** How long it was tried, as programs have it in `retry`. */
export interface Attempts {
  readonly retries: number
  readonly retryTimeMs: number
}

/** An error of the client as programs that were written for kafkajs know it. */
export function toKafkaJSError(error: unknown): Error {
  if (error instanceof KafkaJSError) return error
  if (!(error instanceof KafkaError)) return asError(error)
  const { code, errorCode, context, message } = error
  const { broker = '' } = context
  if (errorCode !== undefined) return ofProtocol(error, errorCode)
  switch (code) {
    case 'TLS_FAILED':
    case 'CONNECTION_LOST': {
      const nodeCode = nodeCodeOf(error)
      return new KafkaJSConnectionError(message, {
        broker,
        ...(nodeCode !== undefined && { code: nodeCode }),
      })
    }
    case 'REQUEST_TIMED_OUT':
      return new KafkaJSRequestTimeoutError(message, { broker })
    case 'AUTHENTICATION_FAILED':
    case 'CREDENTIALS_UNAVAILABLE':
    case 'INVALID_CREDENTIALS':
      return new KafkaJSSASLAuthenticationError(message)
    case 'UNSUPPORTED_VERSION':
      return new KafkaJSServerDoesNotSupportApiKey(message, {
        ...{ apiKey: -1, apiName: context.api ?? '' },
      })
    default:
      return new KafkaJSNonRetriableError(message, { cause: error })
  }
}

/** As `toKafkaJSError`, of what was tried again until time was up. */
export function afterRetries(error: unknown, { retries, retryTimeMs }: Attempts): Error {
  const known = toKafkaJSError(error)
  const isRetried = known instanceof KafkaJSError && known.retriable
  if (!isRetried) return known
  return new KafkaJSNumberOfRetriesExceeded(known, {
    retryCount: retries,
    retryTime: retryTimeMs,
  })
}

function ofProtocol({ message, context }: KafkaError, errorCode: number): Error {
  const { topic, partition } = context
  const said = protocolErrorOf(errorCode, message)
  return said.type === 'OFFSET_OUT_OF_RANGE' && topic !== undefined && partition !== undefined
    ? new KafkaJSOffsetOutOfRange(said, { topic, partition })
    : said
}

function nodeCodeOf(error: Error): string | undefined {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof KafkaError) continue
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  return undefined
}
