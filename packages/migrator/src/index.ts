export type { Move, MoveReason } from './policy/move.ts'
export { type Plan, type PlanInput, planMoves } from './policy/plan-moves.ts'
export {
  NEVER_MIGRATES,
  type PolicyOptions,
  policyOptions,
  type Spread,
} from './policy/policy-options.ts'
export {
  type SegmentGroup,
  type SegmentId,
  SegmentIndex,
  segmentName,
} from './policy/segment-index.ts'
export type { AvoidedPaths, LedgerInput } from './policy/tier-ledger.ts'
export type { TierPhase } from './policy/tier-phases.ts'
export type { ResolvedWish, TopicWish } from './policy/topic-wish.ts'
export { warmthMs } from './policy/warmth.ts'
export { type WarmSegment, WarmthOrder } from './policy/warmth-order.ts'
