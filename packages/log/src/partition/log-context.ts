import type { Clock, Logger, StorageError } from '@pafka/base'

import type { FileSystem } from '../files/file-system.ts'
import type { BufferPool } from '../read/buffer-pool.ts'
import type { LogSegment, SegmentResources } from '../segment/log-segment.ts'
import type { AppendCheck } from './append-check.ts'
import type { PartitionLog } from './partition-log.ts'
import type { WritePolicy } from './write-behind.ts'

/** Where a log lies, and whether that place still works. */
export interface LogPlace {
  readonly path: string
  readonly isOnline: boolean
}

/** What all logs of one log dir share. */
export interface LogContext extends SegmentResources {
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly place: LogPlace
  readonly pool: BufferPool
  readonly check: AppendCheck
  readonly writePolicy: WritePolicy
  /** The log has appends that are not being written yet. */
  schedule(log: PartitionLog): void
  committed(log: PartitionLog): void
  /** `segment` is full and written: to be made durable some time. */
  sealed(log: PartitionLog, segment: LogSegment): void
  /** The log start offset rose: it is to be made durable, whole segments below it are to go. */
  logStartRaised(log: PartitionLog): Promise<void>
  /** A write failed; the log has told its waiters. */
  failed(log: PartitionLog, error: StorageError): void
}
