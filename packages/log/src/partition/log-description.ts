import { createHash } from 'node:crypto'

import { ZERO_UUID } from '@pafka/protocol'

import type { LogParts } from './log-parts.ts'

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

export function describeLog(parts: LogParts): LogDescription {
  return {
    dir: parts.context.place.path,
    sizeBytes: parts.segments.sizeBytes,
    segments: parts.segments.count,
    logStartOffset: parts.logStartOffset,
    logEndOffset: parts.logEndOffset,
    highWatermark: parts.highWatermark,
    recoveryPoint: parts.recoveryPoint,
  }
}

export function describeProducers({ producers }: LogParts): readonly ProducerDescription[] {
  return producers.entries().map((entry) => ({
    producerId: entry.producerId,
    producerEpoch: entry.epoch,
    lastSequence: entry.lastSequence,
    lastTimestampMs: entry.lastTimestampMs,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTransactionFirstOffset: producers.transactions.firstOffsetOf(entry.producerId),
  }))
}

/** Which partition a log is. */
export interface LogIdentity {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

/** The topic's id; of a topic whose id is not known, what its name hashes to. */
export function journalIdOf({ topic, topicId }: LogIdentity): Buffer {
  if (topicId !== ZERO_UUID) return Buffer.from(topicId, 'base64url')
  return createHash('sha256').update(topic).digest().subarray(0, 16)
}
