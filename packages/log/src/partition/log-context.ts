import type { BufferPool, Clock, Logger } from '@pafka/base'

import type { LogConfig } from '../config/log-config.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { ColdReads } from '../read/cold-reads.ts'
import type { SegmentResources } from '../segment/segment-indexes.ts'
import type { MovedPlace, PlaceRoom } from '../segment/moved-segment.ts'

/** A log whose home is full by policy. */
export interface SpillingLog {
  readonly folder: string
  readonly config: LogConfig
}

/** Where a log lies, and whether that place still works. */
export interface LogPlace extends PlaceRoom {
  readonly path: string
  readonly isOnline: boolean
  /** Its disk is full, or nearly: what room there is must be left for reading and deleting. */
  readonly isShort: boolean
  /** Even of that there is little. */
  readonly isBare: boolean
  /** Why clients' records are not taken, though its disk has some room. */
  readonly refusal: string | undefined
  /** A segment that is to be moved must be full before it has a large part of a small tier. */
  readonly segmentLimitBytes: number
  /** Where the next segment of a log begins then; undefined for here. */
  readonly spillPlaceOf: (log: SpillingLog, baseOffset: number) => MovedPlace | undefined
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
  /** Where a log dir is, or was when it was last seen. */
  readonly knownPathOf: (directoryId: string) => string | undefined
  /** Whether the path of a log dir leads elsewhere: what it has now is not looked at. */
  readonly isLost: (directoryId: string) => boolean
  /** What lies in the log's dir, or where a segment of it was moved, could not be read. */
  readonly unreadable: (moved: MovedPlace | undefined) => void
  /** Memory that is the medium lost bytes there: there is nothing left to try. */
  readonly mediumFailed: (moved: MovedPlace | undefined, cause: Error) => void
}
