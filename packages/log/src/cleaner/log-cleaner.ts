import { MIB } from '@pafka/base'
import { readRecords, RecordBatchView, type RecordView } from '@pafka/protocol'

import type { LogParts } from '../partition/log-parts.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import { LogSegment } from '../segment/log-segment.ts'
import { deleteSegment } from '../store/segment-deletion.ts'
import type { Removals } from '../store/removals.ts'
import { cleanBatch, type CleanRules } from './clean-batch.ts'
import { cleanableOf } from './cleanable.ts'
import { OffsetMap } from './offset-map.ts'
import { SegmentWriter } from './segment-writer.ts'

/** Keys that one pass remembers, in bytes; what does not fit waits for the next pass. */
const MAP_BYTES = 64 * MIB

/**
 * One pass of compaction: of each key the newest record stays, and of deleted keys their tombstone
 * for `delete.retention.ms`. 1. the newest offset of each key in the dirty part is noted,
 * 2. sealed segments are written anew as `.cleaned`, several small ones into one, and synced,
 * 3. they are renamed to `.swap`, which is the point of no return, 4. the old ones are renamed
 * away, 5. `.swap` goes. `finishSwaps` goes on from there after a crash. Source: Kafka
 * `Cleaner.java`.
 */
export async function cleanLog(parts: LogParts, removals: Removals): Promise<void> {
  const nowMs = parts.context.clock.nowMs()
  const { segments, endOffset, dirtyBytes } = cleanableOf(parts, nowMs)
  if (dirtyBytes === 0) return
  const map = new OffsetMap(MAP_BYTES)
  const mappedEnd = await fillMap(parts, segments, map, endOffset)
  const rules = rulesOf(parts, map, nowMs)
  let [before, after] = [0, 0]
  for (const group of groupsOf(parts, segments, mappedEnd)) {
    const cleaned = await rewrite(parts, group, rules)
    for (const segment of group) before += segment.sizeBytes
    after += cleaned.sizeBytes
    await swap(parts, group, cleaned, removals)
  }
  parts.firstDirtyOffset = mappedEnd
  const path = parts.folder
  parts.context.logger.info('log-cleaned', { path, keys: map.size, before, after, mappedEnd })
}

/** @returns the offset up to which all keys are known, exclusive. */
async function fillMap(
  parts: LogParts,
  segments: readonly LogSegment[],
  map: OffsetMap,
  endOffset: number,
): Promise<number> {
  for (const segment of segments) {
    if (parts.segments.endOf(segment, endOffset) <= parts.firstDirtyOffset) continue
    let isStopped = false
    let mappedEnd = segment.baseOffset
    const range = { fromBytes: 0, toBytes: segment.sizeBytes }
    await scanBatches(segment, parts.context.pool, range, (bytes, at) => {
      isStopped = map.isFull
      if (isStopped) return false
      const batch = new RecordBatchView(bytes, at)
      mappedEnd = batch.nextOffset
      if (batch.control || batch.nextOffset <= parts.firstDirtyOffset) return true
      for (const record of readRecords(batch)) {
        if (record.key !== null) map.put(record.key, record.offset)
      }
      return true
    })
    if (isStopped) return mappedEnd
  }
  return endOffset
}

function rulesOf(parts: LogParts, map: OffsetMap, nowMs: number): CleanRules {
  const { deleteRetentionMs } = parts.config
  const lastOffsets = new Set<number>()
  for (const entry of parts.producers.entries()) {
    if (entry.lastBatch !== undefined) lastOffsets.add(entry.lastBatch.lastOffset)
  }
  const keep = (record: RecordView): boolean => {
    if (record.key === null) return false
    if (record.offset < map.get(record.key)) return false
    // a tombstone has been through a pass before it may go: older values are gone for sure then
    if (record.value !== null || record.offset >= parts.firstDirtyOffset) return true
    return nowMs - record.timestamp <= deleteRetentionMs
  }
  return { keep, keepEmpty: (batch) => lastOffsets.has(batch.lastOffset) }
}

/** Neighbours that fit one segment together. */
function groupsOf(
  parts: LogParts,
  segments: readonly LogSegment[],
  mappedEnd: number,
): LogSegment[][] {
  const groups: LogSegment[][] = []
  let group: LogSegment[] = []
  let bytes = 0
  for (const segment of segments) {
    if (segment.baseOffset >= mappedEnd) break
    const first = group[0] ?? segment
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    const fits = bytes + segment.sizeBytes <= parts.config.segmentBytes && first.fits(end)
    if (!fits && group.length > 0) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(segment)
    bytes += segment.sizeBytes
  }
  if (group.length > 0) groups.push(group)
  return groups
}

/** @returns the segment to put in the group's place, synced. It may be empty: names stay known. */
async function rewrite(
  parts: LogParts,
  group: readonly LogSegment[],
  rules: CleanRules,
): Promise<LogSegment> {
  const baseOffset = group[0]?.baseOffset ?? 0
  const cleaned = new LogSegment(parts.folder, baseOffset, parts.context, '.cleaned')
  cleaned.createdMs = group.at(-1)?.createdMs ?? 0
  const writer = new SegmentWriter(cleaned, parts.config.indexIntervalBytes)
  cleaned.hold()
  try {
    for (const segment of group) {
      const range = { fromBytes: 0, toBytes: segment.sizeBytes }
      await scanBatches(segment, parts.context.pool, range, (bytes, at) => {
        const kept = cleanBatch(new RecordBatchView(bytes, at), rules)
        if (kept !== undefined) writer.add(kept)
        return true
      })
    }
    writer.finish()
    await cleaned.sync()
  } finally {
    cleaned.release()
  }
  return cleaned
}

async function swap(
  parts: LogParts,
  group: readonly LogSegment[],
  cleaned: LogSegment,
  removals: Removals,
): Promise<void> {
  cleaned.changeSuffix('.swap')
  await parts.context.files.syncFolder(parts.folder)
  for (const segment of group) deleteSegment(parts, segment, removals)
  cleaned.changeSuffix('')
  parts.segments.replace(new Set(group), [cleaned])
}
