import { basename, join } from 'node:path'

/** Of a log dir: the segments that lie there of partitions whose home is another one. */
export const MOVED_FOLDER = 'moved'

/** Where the log file of a segment lies that was moved. */
export interface MovedPlace {
  /** Of the log dir. */
  readonly directoryId: string
  readonly folder: string
}

/** What the name of a mark tells; it has no contents. */
export interface MovedMark {
  readonly baseOffset: number
  readonly directoryId: string
  readonly suffix: '' | '.deleted' | '.beyond'
}

const NAME = /^(\d{20})\.moved\.([\w-]{22})(\.deleted|\.beyond)?$/

/** In the folder of its partition, instead of the log file. Its name is all that there is of it. */
export function movedMark(
  folder: string,
  baseOffset: number,
  directoryId: string,
  suffix = '',
): string {
  return join(folder, `${String(baseOffset).padStart(20, '0')}.moved.${directoryId}${suffix}`)
}

/** Undefined for any other name. */
export function parseMovedMark(name: string): MovedMark | undefined {
  const found = NAME.exec(name)
  if (found === null) return undefined
  return {
    baseOffset: Number(found[1]),
    directoryId: found[2] as string,
    suffix: (found[3] ?? '') as MovedMark['suffix'],
  }
}

/** In a log dir, for segments of a partition whose own folder is in another one. */
export function movedFolder(dir: string, partitionFolder: string): string {
  return join(dir, MOVED_FOLDER, basename(partitionFolder))
}
