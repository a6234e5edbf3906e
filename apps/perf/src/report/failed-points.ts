import { offeredText } from './figure-text.ts'
import type { SweepPoint, SweepResult } from './sweep-result.ts'

/** So many are told of each by itself, the others by their number. */
const MOST_TOLD = 3

type Outcome = Pick<SweepPoint, 'failed' | 'problem'>

/** Whether a point is no measurement: records failed there, or the whole of it. */
export function isFailed({ failed, problem }: Outcome): boolean {
  return failed > 0 || problem !== undefined
}

/** @returns sentences for people; undefined where all went well */
export function failedTold({ points }: SweepResult): string | undefined {
  const failed = points.filter(isFailed)
  if (failed.length === 0) return undefined
  const told = failed.slice(0, MOST_TOLD).map(oneTold)
  const more = failed.length > MOST_TOLD ? [`${failed.length - MOST_TOLD} more`] : []
  const count = `${failed.length} of ${points.length} points failed`
  return `${count}, and count for nothing in medians and plots: ${[...told, ...more].join('; ')}.`
}

function oneTold(point: SweepPoint): string {
  const { contestant, workload, round, offeredPerSecond, problem } = point
  const where = `${contestant}, ${workload}, ${offeredText(offeredPerSecond)}, round ${round}`
  const why = problem ?? `${point.failed} records failed`
  return `${where}: ${why.replace(/\.$/u, '')}`
}
