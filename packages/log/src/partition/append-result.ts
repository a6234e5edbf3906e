import { ErrorCode } from '@pafka/protocol'

import type { LogPlace } from './log-context.ts'
import type { LogParts } from './log-parts.ts'

export interface AppendOptions {
  /** `client` bytes are distrusted: no control batches, offsets from zero, sequences checked. */
  readonly origin: 'client' | 'coordinator'
  /** Written into every batch. */
  readonly leaderEpoch: number
  /** Whether the transaction of a transactional batch is known to run; else INVALID_TXN_STATE. */
  readonly transactionVerified?: boolean
}

/** What an append did, or why it did nothing. All batches of one call go in, or none. */
export interface AppendResult {
  readonly errorCode: ErrorCode
  /** For people; undefined without an error. */
  readonly errorMessage: string | undefined
  /** Of the first batch; of the earlier append when this one repeats it. -1 with an error. */
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1 unless the topic stamps its records itself. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
}

/** What a producer is told of a place that takes no appends of such an origin for now. */
export function whyRefused(place: LogPlace, origin: AppendOptions['origin']): string | undefined {
  const { isShort, isBare, refusal } = place
  const isRefusing = origin === 'client' ? isShort || refusal !== undefined : isShort && isBare
  return isRefusing ? whyOffline(undefined, place) : undefined
}

/** What a producer is told of a log that takes nothing. */
export function whyOffline(error: Error | undefined, { isShort, refusal }: LogPlace): string {
  if (error !== undefined) return error.message
  if (isShort) return 'the disk is nearly full: what room there is must be left for deleting'
  return refusal ?? 'log dir offline'
}

/** The batches are in the log. */
export function accepted(
  { config, logStartOffset }: Pick<LogParts, 'config' | 'logStartOffset'>,
  baseOffset: number,
  lastOffset: number,
  nowMs: number,
): AppendResult {
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: undefined,
    baseOffset,
    lastOffset,
    logAppendTimeMs: config.messageTimestampType === 'LogAppendTime' ? nowMs : -1,
    logStartOffset,
  }
}

/** None of them is. */
export function refused(
  { logStartOffset }: Pick<LogParts, 'logStartOffset'>,
  errorCode: ErrorCode,
  errorMessage: string | undefined,
): AppendResult {
  const none = { baseOffset: -1, lastOffset: -1, logAppendTimeMs: -1 }
  return { errorCode, errorMessage, ...none, logStartOffset }
}

/** Told once about an append that is awaited. */
export interface CommitWaiter {
  committed(log: CommittedLog): void
  failed(log: CommittedLog, error: Error): void
}

/** The part of a log that a waiter needs. */
export interface CommittedLog {
  readonly topic: string
  readonly partition: number
  readonly highWatermark: number
  readonly logStartOffset: number
}
