import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

import { parseMovedMark, parseSegmentName } from '@pafka/log'

/** Id of the log dir that the segment of an index was moved to; undefined when it was not. */
export async function movedToOf(indexPath: string): Promise<string | undefined> {
  const baseOffset = parseSegmentName(basename(indexPath))?.baseOffset
  for (const name of await readdir(dirname(indexPath))) {
    const mark = parseMovedMark(name)
    if (mark?.suffix === '' && mark.baseOffset === baseOffset) return mark.directoryId
  }
  return undefined
}
