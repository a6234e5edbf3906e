import { join } from 'node:path'

import type { FileSystem } from '../files/file-system.ts'
import { removeSegment } from '../partition/log-truncation.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { parseMovedMark } from '../segment/moved-segment.ts'
import { parseSegmentName } from '../segment/segment-names.ts'

const SUFFIX = '.beyond'

/**
 * Segments that were begun after the journal's checkpoint: the journal brings them back. Until it
 * has, they stay beside those, for when it cannot.
 */
export function setBeyondAside(parts: LogParts, baseOffset: number): void {
  const beyond = parts.segments.removeUnless((one) => one.baseOffset <= baseOffset)
  for (const segment of beyond.toReversed()) {
    segment.unload()
    segment.changeSuffix(SUFFIX)
  }
  parts.beyond = [...parts.beyond, ...beyond]
}

/** The journal had all of them. Durable, or they would be taken for what a later start left. */
export async function dropBeyond(parts: LogParts): Promise<void> {
  const { beyond } = parts
  if (beyond.length === 0) return
  parts.beyond = []
  for (const segment of beyond) await removeSegment(parts, segment)
  await parts.context.files.syncFolder(parts.folder)
}

/**
 * A start ended before the journal had brought them back: they are as good as they were, and what
 * it had brought back is the beginning of the same. @returns the names in the folder after that
 */
export function bringBeyondBack(
  files: FileSystem,
  folder: string,
  names: readonly string[],
): readonly string[] {
  const beyond = names.filter((name) => name.endsWith(SUFFIX))
  if (beyond.length === 0) return names
  for (const name of beyond) {
    const before = name.slice(0, -SUFFIX.length)
    const isOurs = parseSegmentName(before) ?? parseMovedMark(before)
    if (isOurs !== undefined) files.rename(join(folder, name), join(folder, before))
  }
  return files.list(folder)
}
