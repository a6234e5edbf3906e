import { ConfigError } from '@pafka/base'

/** How the path of a tier is chosen: by its free bytes, or by their share of all it has. */
export type Spread = 'free-bytes' | 'free-share'

export interface PolicyOptions {
  /** `storage.migrate.threshold`: share of a path in use above which it is drained; -1 = never. */
  readonly threshold: number
  /** It is drained down to this share. */
  readonly lowWatermark: number
  /** Below this share a tier is filled again, from slower ones, up to `lowWatermark`. */
  readonly promoteBelow: number
  /** No move fills a path above this share: who appends needs some of it. */
  readonly fullShare: number
  readonly spread: Spread
  /** Moves under way to one path at once. A disk with heads is best off with 1. */
  readonly movesPerPath: number
}

/**
 * `fullShare` of the broker, and of what stands for it: a disk slows its producers in its last
 * sixteenth at most, and moves leave that alone.
 */
export const DISK_FULL_SHARE = 0.93
/** Threshold of one that never moves segments for room. */
export const NEVER_MIGRATES = -1

const SHARE_BELOW = 0.8
/** Draining begins here at the latest: before producers are held, and appends begin elsewhere. */
const MOST_THRESHOLD = 0.9

/**
 * Fills in what was left out. A threshold so near to the end that nothing would move before
 * producers are held is lowered, and the watermarks with it.
 * @throws {ConfigError} with all that is wrong
 */
export function policyOptions(given: Partial<PolicyOptions> = {}): PolicyOptions {
  const { threshold = 0.5, fullShare = 0.95, spread = 'free-bytes' } = given
  const { movesPerPath = Number.POSITIVE_INFINITY } = given
  const lowWatermark = given.lowWatermark ?? Math.max(0, threshold) * SHARE_BELOW
  const promoteBelow = given.promoteBelow ?? Math.max(0, 2 * lowWatermark - Math.max(0, threshold))
  const options = { threshold, lowWatermark, promoteBelow, fullShare, spread, movesPerPath }
  const problems = problemsOf(options)
  if (problems.length > 0) throw new ConfigError(problems)
  if (threshold <= MOST_THRESHOLD) return options
  const part = MOST_THRESHOLD / threshold
  return {
    ...options,
    threshold: MOST_THRESHOLD,
    lowWatermark: lowWatermark * part,
    promoteBelow: promoteBelow * part,
  }
}

function problemsOf(options: PolicyOptions): string[] {
  const { threshold, lowWatermark, promoteBelow, fullShare, movesPerPath } = options
  const problems: string[] = []
  if (threshold !== NEVER_MIGRATES && !isShare(threshold)) {
    problems.push(`threshold is ${threshold}, not from 0 to 1, nor -1 for never`)
  }
  if (!isShare(lowWatermark) || (threshold > 0 && lowWatermark >= threshold)) {
    problems.push(`low watermark is ${lowWatermark}, not from 0 to below the threshold`)
  }
  if (!isShare(promoteBelow) || promoteBelow > lowWatermark) {
    problems.push(`promote below is ${promoteBelow}, not from 0 to the low watermark`)
  }
  if (!isShare(fullShare) || fullShare === 0) {
    problems.push(`full share is ${fullShare}, not above 0 and up to 1`)
  }
  if (!(movesPerPath >= 1)) problems.push(`moves per path are ${movesPerPath}, not 1 or more`)
  return problems
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1
}
