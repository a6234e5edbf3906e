import { ErrorCode } from '@pafka/protocol'

import { KafkaError } from '../errors/kafka-error.ts'

/** What a broker gave is not ours any more: others may have it already. */
export function sessionLost(cause: unknown): KafkaError {
  const why = cause instanceof Error ? `: ${cause.message}` : '.'
  const text = `The locks that a broker gave this member are gone with its session${why}`
  const context = cause instanceof KafkaError ? cause.context : {}
  return new KafkaError('SHARE_SESSION_LOST', text, { kind: 'abortable', context, cause })
}

export function notAnswered(): KafkaError {
  const text = 'The broker did not say what became of an acknowledgement.'
  return new KafkaError('BAD_RESPONSE', text, { kind: 'abortable' })
}

/** It could not be sent while the record was ours. */
export function saidTooLate({ partition }: { readonly partition: number }): KafkaError {
  const text = 'The time for a record was up before its acknowledgement could be sent.'
  return new KafkaError('LOCK_EXPIRED', text, { kind: 'abortable', context: { partition } })
}

const MOVED: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
])

const OF_SESSION: ReadonlySet<number> = new Set([
  ErrorCode.SHARE_SESSION_NOT_FOUND,
  ErrorCode.INVALID_SHARE_SESSION_EPOCH,
])

/** The broker does not have the partition any more, nor anything that it knew of it. */
export function isMoved(errorCode: number): boolean {
  return MOVED.has(errorCode)
}

/** The broker takes the session to be another one. */
export function isOfSession(errorCode: number): boolean {
  return OF_SESSION.has(errorCode)
}
