import type { ErrorCode } from '@pafka/protocol'

export interface ReadOptions {
  /** The first batch comes whole even if it is larger than asked for. */
  readonly minOneBatch: boolean
  /** Exclusive; the high watermark when absent. */
  readonly upTo?: number | undefined
}

/** Whole batches, of which the first contains the offset asked for; or an error and no bytes. */
export interface LogRead {
  readonly errorCode: ErrorCode
  /** Pooled memory: valid until `release()`. */
  readonly records: Uint8Array
  readonly highWatermark: number
  readonly logStartOffset: number
  /** Where a reader of these bytes goes on. */
  readonly nextOffset: number
  /**
   * Gives the memory back. Must be called exactly once, when the bytes were sent.
   * @param hasFaulted the system could not read them: whoever has the medium looks at it
   */
  release(hasFaulted?: boolean): void
}

/** A place found by time. */
export interface TimestampOffset {
  readonly timestampMs: number
  readonly offset: number
  readonly leaderEpoch: number
}

/** The end of an epoch: where the next larger epoch that was written begins. */
export interface EpochEnd {
  /** -1 when the log knows no epoch that is not larger than the one asked for. */
  readonly leaderEpoch: number
  /** Exclusive; -1 with an unknown epoch. */
  readonly endOffset: number
}
