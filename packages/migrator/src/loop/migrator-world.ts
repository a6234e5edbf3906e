import type { MovableSegment, TierName, TierPath, TierSegment } from '@pafka/log'

import type { TopicWish } from '../policy/topic-wish.ts'

/**
 * What the migrator knows of the log, and asks of it. The log tells of changes by the methods of
 * `Migrator`; nothing here is asked again and again.
 */
export interface MigratorWorld {
  /** Fastest first. `TierPath.tier` is a place in this list. */
  readonly tiers: readonly TierName[]
  /**
   * All paths as they are now. `usedBytes` counts a segment from its commit on where it was moved
   * to. What there is of its copy before counts there, too, and is told in `copyingBytes`: until
   * the commit the bytes of the whole segment are reserved by the migrator.
   */
  paths(): readonly TierPath[]
  /** Of `usedBytes` of that path, the old copies that wait for their last reader. */
  retiringBytes(pathId: string): number
  /** Every sealed segment that may be moved; walked once, some in each turn of the event loop. */
  segments(): Iterable<TierSegment>
  wishOf(topic: string): TopicWish
  /**
   * Takes hold of a segment to move it there. Undefined when it is gone, may not be moved any
   * more, or lies there already: what it is then, the log tells by `Migrator.put`.
   */
  move(segment: TierSegment, toPathId: string): MovableSegment | undefined
}
