import type { FileSystem } from '../files/file-system.ts'
import type { LogSegment } from './log-segment.ts'
import { OffsetIndex } from './offset-index.ts'
import { TimeIndex } from './time-index.ts'

export function hasIndexFiles(segment: LogSegment, files: FileSystem): boolean {
  return files.stat(segment.pathOf('index')) !== undefined
}

/** Whether the ends of both indexes can be true; says nothing of what lies between. */
export function indexesAreSane(segment: LogSegment, files: FileSystem): boolean {
  const offsetBytes = files.stat(segment.pathOf('index'))?.sizeBytes
  const timeBytes = files.stat(segment.pathOf('timeindex'))?.sizeBytes
  if (offsetBytes === undefined || timeBytes === undefined) return segment.sizeBytes === 0
  if (offsetBytes % OffsetIndex.entryBytes !== 0) return false
  if (timeBytes % TimeIndex.entryBytes !== 0) return false
  const { offsets, times } = segment
  const last = offsets.entries - 1
  if (last >= 0 && (offsets.positionAt(last) < 0 || offsets.offsetAt(last) < 0)) return false
  if (last >= 0 && offsets.positionAt(last) >= segment.sizeBytes) return false
  if (last > 0 && offsets.offsetAt(last) <= offsets.offsetAt(last - 1)) return false
  return times.entries < 2 || times.last.timestampMs > times.timestampAt(times.entries - 2)
}
