import type { TierPath } from '@pafka/log'

/** Of the fastest tier, all its paths that are online together. */
export function fastestUse(paths: readonly TierPath[]): {
  readonly usedBytes: number
  readonly capacityBytes: number
} {
  const fastest = paths.filter(({ tier, isOnline }) => tier === 0 && isOnline)
  return {
    usedBytes: fastest.reduce((sum, path) => sum + path.usedBytes, 0),
    capacityBytes: fastest.reduce((sum, path) => sum + path.capacityBytes, 0),
  }
}
