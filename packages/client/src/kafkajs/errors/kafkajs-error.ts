import type { PartitionMetadata } from '../topic-types.ts'

export interface KafkaJSErrorMetadata {
  retriable?: boolean
  topic?: string
  partitionId?: number
  metadata?: PartitionMetadata
  cause?: Error
}

/** What an error is made of: another one, or a text. */
export interface ErrorLike {
  readonly message: string
  readonly helpUrl?: string | undefined
}

/** Every error of this module but `KafkaJSAggregateError`. */
export class KafkaJSError extends Error {
  override readonly name: string = 'KafkaJSError'
  readonly retriable: boolean
  readonly helpUrl?: string
  override readonly cause?: Error

  constructor(error: ErrorLike | string, { retriable = true, cause }: KafkaJSErrorMetadata = {}) {
    super(typeof error === 'string' ? error : error.message)
    this.retriable = retriable
    if (typeof error !== 'string' && error.helpUrl !== undefined) this.helpUrl = error.helpUrl
    if (cause !== undefined) this.cause = cause
  }
}

/** The same again cannot succeed. */
export class KafkaJSNonRetriableError extends KafkaJSError {
  override readonly name: string = 'KafkaJSNonRetriableError'

  constructor(error: ErrorLike | string, { cause }: KafkaJSErrorMetadata = {}) {
    super(error, { retriable: false, ...(cause !== undefined && { cause }) })
  }
}
