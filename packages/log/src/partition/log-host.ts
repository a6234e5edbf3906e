import type { StorageError } from '@pafka/base'

import type { LogSegment } from '../segment/log-segment.ts'
import type { AppendCheck } from './append-check.ts'
import type { Cut } from './log-truncation.ts'
import type { LogWriter } from './log-writer.ts'

/** The store, as its logs know it. */
export interface LogHost<Log> {
  readonly check: AppendCheck
  /** The channel of a log, when it is first appended to. */
  writerFor(log: Log): LogWriter
  /** The log has appends that are not being written yet. */
  schedule(log: Log): void
  committed(log: Log): void
  /** `segment` is full and written: to be made durable some time. */
  sealed(log: Log, segment: LogSegment): void
  /** The log start offset rose: it is to be made durable, whole segments below it are to go. */
  logStartRaised(log: Log): Promise<void>
  /** The log is to be cut: nothing that was written may bring back what lies behind. */
  cutting(log: Log, cut: Cut): Promise<void>
  /** Nobody else changes the log's list of segments meanwhile. */
  exclusively(log: Log, action: () => Promise<void>): Promise<void>
  /**
   * A write failed; the log has told its waiters.
   * @param segment whose file it was; undefined for what always lies in the log's home
   */
  failed(log: Log, error: StorageError, segment?: LogSegment): void
}
