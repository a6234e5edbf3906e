import { type ErrorLike, KafkaJSError } from './kafkajs-error.ts'

/** What a broker answered. */
export interface ProtocolErrorLike extends ErrorLike {
  /** Its name in the protocol. */
  readonly type?: string | undefined
  /** Its number in the protocol. */
  readonly code?: number | undefined
  readonly retriable?: boolean | undefined
}

/** A broker answered with an error. */
export class KafkaJSProtocolError extends KafkaJSError {
  override readonly name: string = 'KafkaJSProtocolError'
  readonly type: string
  readonly code: number

  constructor(error: ProtocolErrorLike | string) {
    const {
      type = 'UNKNOWN',
      code = -1,
      retriable = false,
    } = typeof error === 'string' ? {} : error
    super(error, { retriable })
    this.type = type
    this.code = code
  }
}

export interface KafkaJSOffsetOutOfRangeMetadata {
  topic: string
  partition: number
}

export class KafkaJSOffsetOutOfRange extends KafkaJSProtocolError {
  override readonly name: string = 'KafkaJSOffsetOutOfRange'
  readonly topic: string
  readonly partition: number

  constructor(
    error: ProtocolErrorLike | string,
    { topic, partition }: KafkaJSOffsetOutOfRangeMetadata = { topic: '', partition: -1 },
  ) {
    super(error)
    this.topic = topic
    this.partition = partition
  }
}

export class KafkaJSMemberIdRequired extends KafkaJSProtocolError {
  override readonly name: string = 'KafkaJSMemberIdRequired'
  readonly memberId: string

  constructor(error: ProtocolErrorLike | string, { memberId }: { readonly memberId: string }) {
    super(error)
    this.memberId = memberId
  }
}

/** One of many topics that were to be created. */
export class KafkaJSCreateTopicError extends KafkaJSProtocolError {
  override readonly name: string = 'KafkaJSCreateTopicError'
  readonly topic: string

  constructor(error: ProtocolErrorLike | string, topic: string) {
    super(error)
    this.topic = topic
  }
}

export class KafkaJSAlterPartitionReassignmentsError extends KafkaJSProtocolError {
  override readonly name: string = 'KafkaJSAlterPartitionReassignmentsError'
  readonly topic?: string
  readonly partition?: number

  constructor(error: ProtocolErrorLike | string, topic?: string, partition?: number) {
    super(error)
    if (topic !== undefined) this.topic = topic
    if (partition !== undefined) this.partition = partition
  }
}
