import type { TierPath } from '@pafka/log'

/**
 * The fullest path of the fastest tier, by its own share, of those that are online and get records:
 * who appends there is not helped by the room of the others.
 */
export function fullestPath(paths: readonly TierPath[]): TierPath | undefined {
  let fullest: TierPath | undefined
  for (const path of paths) {
    if (path.tier !== 0 || !path.isOnline || !path.isAppended) continue
    if (fullest === undefined || shareOf(path) > shareOf(fullest)) fullest = path
  }
  return fullest
}

/** In use, of all it may have. */
export function shareOf({ usedBytes, capacityBytes }: TierPath): number {
  return capacityBytes > 0 ? usedBytes / capacityBytes : 0
}
