import type { MovableSegment, PartitionMove } from '@pafka/log'

import { type MoveOutcome, type MovePace, moveSegment } from './move-segment.ts'

export interface PartitionMoving {
  readonly move: Pick<PartitionMove, 'next' | 'isNear' | 'end' | 'abandon'>
  /** As `SegmentMove.memory`. */
  readonly memory: Buffer
  /** Of all but the end, which is short: what is appended meanwhile waits in memory. */
  readonly pace: MovePace
  /** Ends it at the next step; a commit that began is waited for. */
  readonly signal: AbortSignal
  /** Whether a copy that was stopped stays: a start takes it for what is to be begun again. */
  readonly keeps?: () => boolean
  /** As `MoveEnd.placed`. */
  readonly placed: () => Promise<void>
}

/** So often in a row a segment may go while it is copied: more is no accident. */
const MOST_GONE = 100
const AT_ONCE: MovePace = { take: async (_bytes, signal) => !signal.aborted }

/**
 * Moves a partition to another log dir, segment by segment, while it is appended to and read. A
 * crash after any step leaves one of both. Never rejects: where it cannot be done the copy goes.
 */
export async function movePartition(moving: PartitionMoving): Promise<MoveOutcome> {
  const { move, memory, pace, signal, placed } = moving
  const copies = { memory, signal }
  try {
    let gone = 0
    while (!signal.aborted && !(await move.isNear())) {
      const segment = move.next()
      const outcome = segment && (await moveSegment({ ...copies, segment, pace }))
      if (outcome?.kind === 'failed' || outcome?.kind === 'stopped') return outcome
      gone = outcome?.kind === 'moved' ? 0 : gone + 1
      if (gone === MOST_GONE) return { kind: 'gone' }
    }
    if (signal.aborted) return { kind: 'stopped' }
    let last: MoveOutcome = { kind: 'gone' }
    const copy = async (segment: MovableSegment): Promise<boolean> => {
      last = await moveSegment({ ...copies, segment, pace: AT_ONCE })
      return last.kind === 'moved'
    }
    const isMoved = await move.end({ copy, placed })
    if (isMoved) return { kind: 'moved' }
    return last.kind === 'moved' ? { kind: 'gone' } : last
  } catch (error) {
    return { kind: 'failed', step: 'commit', error }
  } finally {
    const isKept = signal.aborted && moving.keeps?.() === true
    // what cannot be removed now goes at the next start
    if (!isKept) await move.abandon().catch(() => undefined)
  }
}
