import type { PartitionLog } from './partition-log.ts'

/**
 * Begins a segment though the last one is not full, so that it can be moved. Rejects when what is
 * committed cannot get into it.
 * @returns false when there is nothing in it, or something is being appended
 */
export async function sealLog(log: PartitionLog): Promise<boolean> {
  const { parts } = log
  const { active } = parts
  if (!log.isOnline || active.sizeBytes === 0) return false
  const writer = log.writer()
  await writer.stored()
  const isStored = writer.isIdle && active.storedBytes === active.sizeBytes
  if (!isStored || !log.isOnline || parts.segments.active !== active) return false
  writer.rolled(active, parts.roll())
  return true
}
