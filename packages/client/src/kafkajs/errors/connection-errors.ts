import { type ErrorLike, KafkaJSError, KafkaJSNonRetriableError } from './kafkajs-error.ts'

export interface KafkaJSNumberOfRetriesExceededMetadata {
  retryCount: number
  retryTime: number
}

/** It was tried as often as `retry` allows: `cause` is the last failure. */
export class KafkaJSNumberOfRetriesExceeded extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSNumberOfRetriesExceeded'
  override readonly stack: string
  readonly retryCount: number
  readonly retryTime: number

  constructor(
    error: Error | string,
    { retryCount, retryTime }: KafkaJSNumberOfRetriesExceededMetadata = {
      ...{ retryCount: 0, retryTime: 0 },
    },
  ) {
    super(error, typeof error === 'string' ? {} : { cause: error })
    const caused = typeof error === 'string' ? error : error.stack
    this.stack = `KafkaJSNumberOfRetriesExceeded\n  Caused by: ${caused}`
    this.retryCount = retryCount
    this.retryTime = retryTime
  }
}

export interface KafkaJSConnectionErrorMetadata {
  broker?: string
  code?: string
}

/** The connection to a broker ended, or could not be made. */
export class KafkaJSConnectionError extends KafkaJSError {
  override readonly name: string = 'KafkaJSConnectionError'
  readonly broker: string
  /** As Node has it: `ECONNREFUSED`. */
  readonly code?: string

  constructor(
    error: ErrorLike | string,
    { broker = '', code }: KafkaJSConnectionErrorMetadata = {},
  ) {
    super(error)
    this.broker = broker
    if (code !== undefined) this.code = code
  }
}

export class KafkaJSConnectionClosedError extends KafkaJSConnectionError {
  override readonly name: string = 'KafkaJSConnectionClosedError'
}

export interface KafkaJSRequestTimeoutErrorMetadata {
  broker: string
  clientId: string
  correlationId: number
  createdAt: number
  sentAt: number
  pendingDuration: number
}

/** No answer came in time. */
export class KafkaJSRequestTimeoutError extends KafkaJSError {
  override readonly name: string = 'KafkaJSRequestTimeoutError'
  readonly broker: string
  readonly correlationId: number
  readonly createdAt: number
  readonly sentAt: number
  readonly pendingDuration: number

  constructor(
    error: ErrorLike | string,
    metadata: Partial<KafkaJSRequestTimeoutErrorMetadata> = {},
  ) {
    super(error)
    this.broker = metadata.broker ?? ''
    this.correlationId = metadata.correlationId ?? -1
    this.createdAt = metadata.createdAt ?? -1
    this.sentAt = metadata.sentAt ?? -1
    this.pendingDuration = metadata.pendingDuration ?? 0
  }
}

export interface KafkaJSServerDoesNotSupportApiKeyMetadata {
  apiKey: number
  apiName: string
}

export class KafkaJSServerDoesNotSupportApiKey extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSServerDoesNotSupportApiKey'
  readonly apiKey: number
  readonly apiName: string

  constructor(
    error: ErrorLike | string,
    { apiKey, apiName }: KafkaJSServerDoesNotSupportApiKeyMetadata = { apiKey: -1, apiName: '' },
  ) {
    super(error)
    this.apiKey = apiKey
    this.apiName = apiName
  }
}

export class KafkaJSSASLAuthenticationError extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSSASLAuthenticationError'
}

export class KafkaJSBrokerNotFound extends KafkaJSError {
  override readonly name: string = 'KafkaJSBrokerNotFound'
}

export class KafkaJSGroupCoordinatorNotFound extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSGroupCoordinatorNotFound'
}
