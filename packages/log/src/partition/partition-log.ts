import type { ErrorCode } from '@pafka/protocol'

import type { LogConfig } from '../config/log-config.ts'
import type { AppendOptions, AppendResult, CommitWaiter } from './append-result.ts'
import type { EpochEnd, LogRead, ReadOptions, TimestampOffset } from './log-read.ts'

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

/** One partition's log. */
export interface PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly dir: string
  readonly config: LogConfig
  readonly logStartOffset: number
  /** The next offset to assign. */
  readonly logEndOffset: number
  /** Everything below is committed: readable, and what an acknowledgement promises. */
  readonly highWatermark: number
  readonly sizeBytes: number
  readonly latestEpoch: number
  /** False after an I/O error: reads go on, appends are answered with KAFKA_STORAGE_ERROR. */
  readonly isOnline: boolean
  /**
   * Checks, assigns offsets in place, queues the write. The memory stays borrowed until the append
   * is committed (or failed). Never throws for bad input.
   */
  appendAsLeader(records: Uint8Array, options: AppendOptions): AppendResult
  /**
   * Tells `waiter` when everything below `endOffset` is committed, at once if it is. Call it in the
   * same turn as the append, before `flushPending`.
   */
  whenCommitted(endOffset: number, waiter: CommitWaiter): void
  read(fromOffset: number, maxBytes: number, options: ReadOptions): Promise<LogRead>
  /** The first record at or after a time; undefined when there is none. */
  offsetForTimestamp(timestampMs: number): Promise<TimestampOffset | undefined>
  /** The record with the largest timestamp (KIP-734); undefined when the log is empty. */
  maxTimestamp(): Promise<TimestampOffset | undefined>
  endOffsetForEpoch(leaderEpoch: number): EpochEnd
  /** The epoch that wrote `offset`, or -1. */
  epochForOffset(offset: number): number
  /** Raises the log start offset; -1 means the high watermark. OFFSET_OUT_OF_RANGE beyond it. */
  deleteRecordsBefore(offset: number): Promise<ErrorCode>
  truncateTo(offset: number): Promise<void>
  flush(): Promise<void>
  describe(): LogDescription
  producers(): readonly ProducerDescription[]
  setConfig(config: LogConfig): void
}
