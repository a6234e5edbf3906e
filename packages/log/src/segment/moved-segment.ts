import { basename, join } from 'node:path'

import type { DiskLedger } from '../files/disk-ledger.ts'

/** Of a log dir: the segments that lie there of partitions whose home is another one. */
export const MOVED_FOLDER = 'moved'

/** What a log dir has room for. */
export interface PlaceRoom {
  /** Appends beyond so many more bytes go to segments that begin elsewhere, where there is room. */
  spillAfterBytes: number
  /** By appends since the start. */
  appendedBytes: number
  /** Of its disk. */
  readonly ledger: DiskLedger
}

/** Where the log file of a segment lies that was moved. */
export interface MovedPlace {
  /** Of the log dir. */
  readonly directoryId: string
  readonly folder: string
  /** The log dir was not there at the start: all that is known is what its log has beside it. */
  readonly isAway?: boolean
  /** Of a segment that was begun there, as long as this process has it. */
  readonly room?: PlaceRoom
}

/** What the name of a mark tells; it has no contents. */
export interface MovedMark {
  readonly baseOffset: number
  readonly directoryId: string
  /**
   * The segment was begun there. Until it is synced power loss may take the file and leave the
   * mark: then there was no such segment.
   */
  readonly isBegun: boolean
  readonly suffix: '' | '.deleted' | '.beyond'
}

const NAME = /^(\d{20})\.(moved|begun)\.([\w-]{22})(\.deleted|\.beyond)?$/

/** In the folder of its partition, instead of the log file. Its name is all that there is of it. */
export function movedMark(
  folder: string,
  { baseOffset, directoryId, isBegun, suffix }: Omit<MovedMark, 'suffix'> & { suffix: string },
): string {
  const kind = isBegun ? 'begun' : 'moved'
  return join(folder, `${String(baseOffset).padStart(20, '0')}.${kind}.${directoryId}${suffix}`)
}

/** Undefined for any other name. */
export function parseMovedMark(name: string): MovedMark | undefined {
  const found = NAME.exec(name)
  if (found === null) return undefined
  return {
    baseOffset: Number(found[1]),
    directoryId: found[3] as string,
    isBegun: found[2] === 'begun',
    suffix: (found[4] ?? '') as MovedMark['suffix'],
  }
}

/** In a log dir, for segments of a partition whose own folder is in another one. */
export function movedFolder(dir: string, partitionFolder: string): string {
  return join(dir, MOVED_FOLDER, basename(partitionFolder))
}
