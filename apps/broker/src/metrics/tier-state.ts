import type { TierFigures } from '@pafka/migrator'

/** What is done with a tier, or is the matter with it; the metric has the place in this list. */
export const TIER_STATES = ['rest', 'draining', 'filling', 'full', 'waiting', 'offline'] as const

export type TierState = (typeof TIER_STATES)[number]

export interface TierCondition {
  /** None of its paths is online. */
  readonly isOffline: boolean
  /** One of them takes no more. */
  readonly isRefusing: boolean
}

/** A tier that is to give or to take, and cannot, is not said to do so. */
export function tierState(
  { phase, leaving, arriving }: Pick<TierFigures, 'phase' | 'leaving' | 'arriving'>,
  { isOffline, isRefusing }: TierCondition,
): TierState {
  if (isOffline) return 'offline'
  if (isRefusing) return 'full'
  if (phase === 'draining') return leaving > 0 ? 'draining' : 'waiting'
  return phase === 'filling' && arriving > 0 ? 'filling' : 'rest'
}
