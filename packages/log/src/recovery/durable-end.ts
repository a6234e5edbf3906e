import type { LogParts } from '../partition/log-parts.ts'
import { goOnBehind } from './place-recovery.ts'

/**
 * A log that was opened from its files alone ends before an offset below which all was durable:
 * that is told, and nobody is given the offsets of what is lost.
 */
export function goOnBehindDurable(parts: LogParts, endOffset: number): void {
  const { logEndOffset, segments, folder, context } = parts
  if (logEndOffset >= endOffset) return
  const { path = folder, baseOffset, sizeBytes } = segments.active ?? {}
  const found = { path, baseOffset, sizeBytes, logEndOffset }
  context.logger.error('segment-lost-bytes', { ...found, durableBefore: endOffset })
  goOnBehind(parts, undefined, endOffset)
  parts.openedPlace = parts.place
}
