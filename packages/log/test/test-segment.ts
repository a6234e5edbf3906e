import { type FileSystem, SimulatedDisk } from '@pafka/log'

import { IndexCache } from '../src/segment/index-cache.ts'
import { LogSegment } from '../src/segment/log-segment.ts'
import { OpenFiles } from '../src/segment/open-files.ts'

/** A segment on its own, without a log. */
export function segmentAt(
  baseOffset: number,
  files: FileSystem = SimulatedDisk.create(),
): LogSegment {
  const resources = { openFiles: new OpenFiles(files, 4), indexCache: new IndexCache(files, 0) }
  return new LogSegment('/log', baseOffset, resources)
}
