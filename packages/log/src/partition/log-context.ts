import type { BufferPool, Clock, Logger } from '@pafka/base'

import type { DiskLedger } from '../files/disk-ledger.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { ColdReads } from '../read/cold-reads.ts'
import type { SegmentResources } from '../segment/log-segment.ts'
import type { MovedPlace } from '../segment/moved-segment.ts'

/** Where a log lies, and whether that place still works. */
export interface LogPlace {
  readonly path: string
  readonly isOnline: boolean
  /** Its disk is full, or nearly: what room there is must be left for reading and deleting. */
  readonly isShort: boolean
  /** Even of that there is little. */
  readonly isBare: boolean
  /** A segment that is to be moved must be full before it has a large part of a small tier. */
  readonly segmentLimitBytes: number
  /** Of its disk. */
  readonly ledger: DiskLedger
}

/** What all logs of one log dir work with. */
export interface LogContext extends SegmentResources {
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly place: LogPlace
  readonly pool: BufferPool
  /** Undefined where the page cache has old bytes, too. */
  readonly cold: ColdReads | undefined
  /** Path of an online log dir by its id, for segments that were moved there. */
  readonly dirPathOf: (directoryId: string) => string | undefined
  /** What lies in the log's dir, or where a segment of it was moved, could not be read. */
  readonly unreadable: (moved: MovedPlace | undefined) => void
}
