import type { Random } from '@pafka/base'

/** How waits between attempts grow: doubled each time, up to a limit. */
export interface Backoff {
  readonly leastMs: number
  readonly mostMs: number
}

/** Part by which a wait differs from attempt to attempt, so that many do not come at once. */
const JITTER = 0.2
const STEPS = 1000
/** Doubling more often than this changes nothing any more. */
const MOST_DOUBLINGS = 30

/** Before a further attempt. @param failures so far, one at least */
export function backoffMs({ leastMs, mostMs }: Backoff, failures: number, random: Random): number {
  const grown = Math.min(mostMs, leastMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS))
  return grown * (1 - JITTER + (2 * JITTER * random.below(STEPS + 1)) / STEPS)
}
