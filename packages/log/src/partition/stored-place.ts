import type { SegmentEnd } from '../segment/segment-end.ts'

/** How far the files of a log hold it, at a batch's end. */
export interface StoredPlace {
  readonly segmentBaseOffset: number
  readonly positionBytes: number
  /** Exclusive. */
  readonly offset: number
  /** Undefined when it is to be read from the files. */
  readonly end?: SegmentEnd | undefined
  /** The log was cut there: what its files have beyond, if anything, is not to come back. */
  readonly isCut?: boolean
}
