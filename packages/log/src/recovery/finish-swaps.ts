import { join } from 'node:path'

import { BATCH_HEADER_BYTES, batchSizeOf, nextOffsetOf } from '@pafka/protocol'

import type { FileSystem } from '../files/file-system.ts'
import { parseMovedMark } from '../segment/moved-segment.ts'
import { parseSegmentName, type SegmentFileName, segmentPath } from '../segment/segment-names.ts'

interface Found extends SegmentFileName {
  readonly name: string
}

/**
 * Completes or undoes what the cleaner was doing when the broker died: a `.log.swap` is complete
 * and replaces the segments whose offsets it spans, anything less is given up. Source: Kafka
 * `LogLoader.java`.
 * @returns the names in the folder after that
 */
export async function finishSwaps(files: FileSystem, folder: string): Promise<string[]> {
  const names = files.list(folder)
  if (!names.some((name) => name.endsWith('.swap') || name.endsWith('.cleaned'))) return names
  const found: Found[] = []
  for (const name of names) {
    const parsed = parseSegmentName(name)
    if (parsed !== undefined) found.push({ ...parsed, name })
  }
  const complete = new Set<number>()
  for (const { kind, suffix, baseOffset } of found) {
    if (kind === 'log' && suffix === '.swap') complete.add(baseOffset)
  }
  for (const one of found) {
    const isLost = one.suffix === '.swap' && !complete.has(one.baseOffset)
    if (one.suffix === '.cleaned' || isLost) await files.remove(join(folder, one.name))
  }
  const marks = names.map((name) => ({ ...parseMovedMark(name), name }))
  for (const baseOffset of complete) await finish(files, folder, { baseOffset, found, marks })
  return files.list(folder)
}

interface Swap {
  readonly baseOffset: number
  readonly found: readonly Found[]
  /** Of segments that were moved; without an offset those of other files. */
  readonly marks: readonly { readonly name: string; readonly baseOffset?: number }[]
}

async function finish(files: FileSystem, folder: string, swap: Swap): Promise<void> {
  const { baseOffset } = swap
  const endOffset = endOf(files, segmentPath(folder, baseOffset, 'log', '.swap'), baseOffset)
  for (const old of swap.found) {
    const isSpanned = old.baseOffset > baseOffset && old.baseOffset < endOffset
    if (old.suffix !== '' || old.kind === 'snapshot' || !isSpanned) continue
    await files.remove(join(folder, old.name))
  }
  // also that of its own offset: it would stand for what the cleaner has read
  for (const mark of swap.marks) {
    const at = mark.baseOffset ?? -1
    if (at >= baseOffset && at < endOffset) await files.remove(join(folder, mark.name))
  }
  for (const kind of ['index', 'timeindex', 'txnindex', 'log'] as const) {
    const from = segmentPath(folder, baseOffset, kind, '.swap')
    const to = segmentPath(folder, baseOffset, kind)
    if (files.stat(from) !== undefined) files.rename(from, to)
    // that of a segment without aborted transactions is no file
    else if (kind === 'txnindex') await files.remove(to)
  }
}

/** After the last batch. The file was synced before it got its name, so headers can be trusted. */
function endOf(files: FileSystem, path: string, baseOffset: number): number {
  const file = files.open(path, 'read')
  const header = new Uint8Array(BATCH_HEADER_BYTES)
  let [position, endOffset] = [0, baseOffset]
  try {
    while (file.readNow(header, position) === BATCH_HEADER_BYTES) {
      endOffset = nextOffsetOf(header)
      position += Math.max(BATCH_HEADER_BYTES, batchSizeOf(header))
    }
    return endOffset
  } finally {
    file.close()
  }
}
