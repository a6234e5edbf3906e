export { BudgetRate, type BudgetRateOptions } from './budget/budget-rate.ts'
export { RateBudget, type RateBudgetOptions } from './budget/rate-budget.ts'
export { type CommitTick, YieldRate } from './budget/yield-rate.ts'
export { fullestPath, shareOf } from './loop/fullest-path.ts'
export { Migrator, type MigratorOptions, type MigratorPace } from './loop/migrator.ts'
export type {
  MigratorFigures,
  MigratorState,
  TierFigures,
  TierPairFigures,
} from './loop/migrator-figures.ts'
export type { MigratorWorld } from './loop/migrator-world.ts'
export { urgencyOf } from './loop/urgency.ts'
export { movePartition, type PartitionMoving } from './mover/move-partition.ts'
export {
  type MoveOutcome,
  type MovePace,
  moveSegment,
  type MoveStep,
  type SegmentMove,
} from './mover/move-segment.ts'
export type { Move, MoveReason } from './policy/move.ts'
export { type Plan, type PlanInput, planMoves } from './policy/plan-moves.ts'
export {
  DISK_FULL_SHARE,
  NEVER_MIGRATES,
  type PolicyOptions,
  policyOptions,
  type Spread,
} from './policy/policy-options.ts'
export { type SegmentGroup, SegmentIndex, segmentName } from './policy/segment-index.ts'
export type { AvoidedPaths, LedgerInput } from './policy/tier-ledger.ts'
export type { PhasesBefore, TierPhase } from './policy/tier-phases.ts'
export type { ResolvedWish, TopicWish } from './policy/topic-wish.ts'
export { warmthMs } from './policy/warmth.ts'
export { type WarmSegment, WarmthOrder } from './policy/warmth-order.ts'
export { FillPressure, type FillPressureOptions, type FillTick } from './pressure/fill-pressure.ts'
export { TierPressure, type TierTick } from './pressure/tier-pressure.ts'
export { SpillLevel } from './pressure/spill-level.ts'
