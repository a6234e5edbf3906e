import { isOutOfSpace } from '../files/as-error.ts'
import type { LogSegment } from './log-segment.ts'

/** On a full disk the indexes stay as they are: shorter, they find the same by a longer way. */
export function flushIfRoom(segment: LogSegment, seal: boolean): void {
  try {
    segment.flushIndexes(seal)
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
  }
}
