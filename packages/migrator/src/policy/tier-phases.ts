import type { TierName } from '@pafka/log'

import { NEVER_MIGRATES, type PolicyOptions } from './policy-options.ts'
import type { TierLedger } from './tier-ledger.ts'

/** Draining goes on from the threshold to the low watermark, filling from far below up to it. */
export type TierPhase = 'rest' | 'draining' | 'filling'

export interface PhaseInput {
  readonly tiers: readonly TierName[]
  readonly phases: readonly TierPhase[]
  readonly options: PolicyOptions
}

/** The slowest tier is always at rest: there is nowhere to give to, and nothing to take from. */
export function tierPhases(ledger: TierLedger, input: PhaseInput): TierPhase[] {
  const { tiers, phases, options } = input
  return tiers.map((_, tier) => {
    const isSlowest = tier === tiers.length - 1
    if (isSlowest || options.threshold === NEVER_MIGRATES) return 'rest'
    if (ledger.capacityBytes(tier) === 0) return 'rest'
    return nextPhase(ledger, tier, phases[tier] ?? 'rest', options)
  })
}

function nextPhase(
  ledger: TierLedger,
  tier: number,
  before: TierPhase,
  { threshold, lowWatermark, promoteBelow }: PolicyOptions,
): TierPhase {
  if (ledger.bytesUpTo(tier, threshold) < 0) return 'draining'
  if (ledger.bytesUpTo(tier, promoteBelow) > 0) return 'filling'
  const toLow = ledger.bytesUpTo(tier, lowWatermark)
  if (before === 'draining' && toLow < 0) return 'draining'
  if (before === 'filling' && toLow > 0) return 'filling'
  return 'rest'
}
