import type { LogParts } from './log-parts.ts'

/**
 * Makes everything that is written durable and raises the recovery point to it. 1. indexes,
 * epochs and producers are written, 2. segments are synced, oldest first, 3. the folder, for names
 * that are new. The recovery point is a promise only once it stands in the checkpoint.
 */
export async function flushParts(parts: LogParts): Promise<void> {
  const target = parts.highWatermark
  if (target <= parts.recoveryPoint) return
  await parts.epochs.flushDurably()
  const isCurrent = target === parts.logEndOffset
  if (isCurrent && parts.hasProducers) parts.snapshotProducers()
  for (const segment of parts.segments.all()) {
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    if (end <= parts.recoveryPoint || segment.sizeBytes === 0) continue
    segment.flushIndexes(false)
    await segment.sync()
  }
  await parts.context.files.syncFolder(parts.folder)
  if (target > parts.recoveryPoint) parts.recoveryPoint = target
}
