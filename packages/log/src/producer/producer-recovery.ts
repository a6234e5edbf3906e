import { nextOffsetOf } from '@pafka/protocol'

import type { LogParts } from '../partition/log-parts.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { ProducerStates } from './producer-states.ts'

/**
 * Producer state at the log end, from the newest snapshot that is readable and not beyond it, and
 * the batches since. Snapshots beyond the log end are removed.
 */
export async function rebuildProducers(parts: LogParts): Promise<void> {
  const states = new ProducerStates()
  const from = await restoreSnapshot(parts, states)
  parts.snapshotOffset = from
  for (const segment of parts.segments) {
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    if (end <= from || segment.sizeBytes === 0) continue
    const fromBytes = await segment.positionFor(Math.max(from, segment.baseOffset))
    const range = { fromBytes, toBytes: segment.sizeBytes }
    await scanBatches(segment, parts.context.pool, range, (bytes, at) => {
      if (nextOffsetOf(bytes, at) > from) states.note(bytes, at)
      return true
    })
  }
  parts.producers = states
}

/** @returns the offset that the state stands for: the log start when no snapshot could be used. */
async function restoreSnapshot(parts: LogParts, states: ProducerStates): Promise<number> {
  const { files, logger } = parts.context
  const offsets = parts
    .segmentFiles()
    .filter((name) => name.kind === 'snapshot')
    .map((name) => name.baseOffset)
    .toSorted((a, b) => b - a)
  for (const offset of offsets) {
    const path = parts.snapshotPath(offset)
    if (offset <= parts.logEndOffset) {
      const bytes = files.readFile(path)
      const entries = bytes === undefined ? undefined : decodeProducerSnapshot(Buffer.from(bytes))
      if (entries !== undefined) {
        states.restore(entries)
        return offset
      }
      logger.warn('producer-snapshot-unreadable', { path })
    }
    await files.remove(path)
    await files.syncFolder(parts.folder) // it must not come back when the log has grown past it
  }
  return parts.segments.first?.baseOffset ?? parts.logEndOffset
}
