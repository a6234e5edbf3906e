import type { TierSegment } from '@pafka/log'

/**
 * Why a segment is moved: its topic's wish, room on its path that another one of its tier has or
 * else a slower tier, or room in a faster one.
 */
export type MoveReason = 'pin' | 'exclude' | 'balance' | 'demote' | 'promote'

/** From `segment.pathId`, where it lies, to another path. */
export interface Move {
  readonly segment: TierSegment
  readonly toPathId: string
  readonly reason: MoveReason
}
