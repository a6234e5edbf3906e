import type { TierName } from '@pafka/log'

import { NEVER_MIGRATES, type PolicyOptions } from './policy-options.ts'
import type { TierLedger } from './tier-ledger.ts'

/**
 * Draining goes on from the threshold to the low watermark, filling from far below up to it. A tier
 * is drained while any of its paths is.
 */
export type TierPhase = 'rest' | 'draining' | 'filling'

/** What one plan hands to the next. */
export interface PhasesBefore {
  /** One for each tier; empty at the start. */
  readonly phases: readonly TierPhase[]
  /** Paths that are drained, by id. */
  readonly draining: ReadonlySet<string>
}

export interface PhaseInput extends PhasesBefore {
  readonly tiers: readonly TierName[]
  readonly options: PolicyOptions
}

/**
 * Each path is drained by its own share: those who append to a full one are not helped by room on
 * its neighbours. Filled is the tier as a whole: what comes up goes to any of its paths.
 *
 * The slowest tier is always at rest: there is nowhere to give to, and nothing to take from.
 */
export function tierPhases(ledger: TierLedger, input: PhaseInput): PhasesBefore {
  const { tiers, phases, options } = input
  const draining = new Set<string>()
  const next = tiers.map((_, tier): TierPhase => {
    const isSlowest = tier === tiers.length - 1
    if (isSlowest || options.threshold === NEVER_MIGRATES) return 'rest'
    if (ledger.capacityBytes(tier) === 0) return 'rest'
    const paths = ledger.pathsOf(tier).filter(({ id }) => isDrained(ledger, id, input))
    for (const { id } of paths) draining.add(id)
    return paths.length > 0 ? 'draining' : nextPhase(ledger, tier, phases[tier] ?? 'rest', options)
  })
  return { phases: next, draining }
}

function isDrained(ledger: TierLedger, pathId: string, { draining, options }: PhaseInput): boolean {
  const mark = draining.has(pathId) ? options.lowWatermark : options.threshold
  return ledger.pathBytesUpTo(pathId, mark) < 0
}

function nextPhase(
  ledger: TierLedger,
  tier: number,
  before: TierPhase,
  { lowWatermark, promoteBelow }: PolicyOptions,
): TierPhase {
  if (ledger.bytesUpTo(tier, promoteBelow) > 0) return 'filling'
  return before === 'filling' && ledger.bytesUpTo(tier, lowWatermark) > 0 ? 'filling' : 'rest'
}
