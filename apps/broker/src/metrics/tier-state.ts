import type { TierFigures } from '@pafka/migrator'

/** What is done with a tier, or is the matter with it, as the metric has it. */
const STATES = { rest: 0, draining: 1, filling: 2, full: 3, waiting: 4 } as const

/** A tier that is to give or to take, and cannot, is not said to do so. */
export function tierState(
  { phase, leaving, arriving }: Pick<TierFigures, 'phase' | 'leaving' | 'arriving'>,
  isRefusing: boolean,
): number {
  if (isRefusing) return STATES.full
  if (phase === 'draining') return leaving > 0 ? STATES.draining : STATES.waiting
  return phase === 'filling' && arriving > 0 ? STATES.filling : STATES.rest
}
