import { type ErrorLike, KafkaJSError, KafkaJSNonRetriableError } from './kafkajs-error.ts'

export class KafkaJSMetadataNotLoaded extends KafkaJSError {
  override readonly name: string = 'KafkaJSMetadataNotLoaded'
}

export interface KafkaJSTopicMetadataNotLoadedMetadata {
  topic: string
}

export class KafkaJSTopicMetadataNotLoaded extends KafkaJSMetadataNotLoaded {
  override readonly name: string = 'KafkaJSTopicMetadataNotLoaded'
  readonly topic: string

  constructor(
    error: ErrorLike | string,
    { topic }: KafkaJSTopicMetadataNotLoadedMetadata = { topic: '' },
  ) {
    super(error)
    this.topic = topic
  }
}

export interface KafkaJSStaleTopicMetadataAssignmentMetadata {
  topic: string
  unknownPartitions: number[]
}

export class KafkaJSStaleTopicMetadataAssignment extends KafkaJSError {
  override readonly name: string = 'KafkaJSStaleTopicMetadataAssignment'
  readonly topic: string
  readonly unknownPartitions: number[]

  constructor(
    error: ErrorLike | string,
    { topic, unknownPartitions }: KafkaJSStaleTopicMetadataAssignmentMetadata = {
      ...{ topic: '', unknownPartitions: [] },
    },
  ) {
    super(error)
    this.topic = topic
    this.unknownPartitions = unknownPartitions
  }
}

export class KafkaJSPartialMessageError extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSPartialMessageError'
}

export class KafkaJSUnsupportedMagicByteInMessageSet extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSUnsupportedMagicByteInMessageSet'
}

export class KafkaJSNotImplemented extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSNotImplemented'
}

export class KafkaJSTimeout extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSTimeout'
}

export class KafkaJSLockTimeout extends KafkaJSTimeout {
  override readonly name: string = 'KafkaJSLockTimeout'
}

export class KafkaJSInvariantViolation extends KafkaJSNonRetriableError {
  override readonly name: string = 'KafkaJSInvariantViolation'
}

// Nothing throws these here; programs may compare with them.

export class KafkaJSInvalidVarIntError extends KafkaJSNonRetriableError {}

export class KafkaJSInvalidLongError extends KafkaJSNonRetriableError {}

export class KafkaJSFetcherRebalanceError extends Error {}

export class KafkaJSNoBrokerAvailableError extends KafkaJSError {
  override readonly name: string = 'KafkaJSNoBrokerAvailableError'

  constructor() {
    super('No broker is available')
  }
}
