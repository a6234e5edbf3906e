export interface LogDescription {
  readonly dir: string
  readonly sizeBytes: number
  readonly segments: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly recoveryPoint: number
}

export interface ProducerDescription {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestampMs: number
  readonly coordinatorEpoch: number
  /** -1 when no transaction is open. */
  readonly currentTransactionFirstOffset: number
}

/** Which partition a log is. */
export interface LogIdentity {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}
