import type { TierName } from '@pafka/log'

import { mergedWarmth } from './merged-warmth.ts'
import type { Move, MoveReason } from './move.ts'
import type { PolicyOptions } from './policy-options.ts'
import type { SegmentGroup, SegmentIndex } from './segment-index.ts'
import { type LedgerInput, TierLedger } from './tier-ledger.ts'
import { type TierPhase, tierPhases } from './tier-phases.ts'
import type { WarmSegment } from './warmth-order.ts'

/** All that a plan depends on. */
export interface PlanInput extends LedgerInput {
  /** Fastest first. */
  readonly tiers: readonly TierName[]
  /** Those that may be moved now: none that is under way, or waits for its next try. */
  readonly segments: SegmentIndex
  /** Of the plan before this one; empty at the start. */
  readonly phases: readonly TierPhase[]
  readonly options: PolicyOptions
  /** Moves to plan at most. */
  readonly limit: number
}

export interface Plan {
  /** What is most urgent first. Each segment once. */
  readonly moves: readonly Move[]
  /** One for each tier; hand it to the next plan. */
  readonly phases: readonly TierPhase[]
  /** Bytes by which each tier that is drained will be too full when all this is done. */
  readonly excessBytes: readonly number[]
}

/** Segments of a group that find no room, after which no more of it are looked at. */
const MOST_MISSES = 64

/**
 * What to move now, of all that is due. The same input gives the same plan, and nothing is touched.
 * 1. Tiers above the threshold give their coldest segments to slower ones, the fastest tier first.
 * 2. Wishes: segments go to where they are pinned, and leave where they are not wanted.
 * 3. Tiers that are still drained, down to the low watermark.
 * 4. Tiers with room take the warmest segments of slower ones, up to the low watermark.
 *
 * It comes to rest when the load does: a drained tier is left at or below the watermark, a tier
 * that is filled never passes it, and between the marks nothing begins.
 */
export function planMoves(input: PlanInput): Plan {
  const planner = new Planner(input)
  if (input.limit > 0) planner.planAll()
  return { moves: planner.moves, phases: planner.phases, excessBytes: planner.excessBytes() }
}

class Planner {
  readonly moves: Move[] = []
  readonly phases: readonly TierPhase[]
  readonly #input: PlanInput
  readonly #ledger: TierLedger
  readonly #taken = new Set<WarmSegment>()

  constructor(input: PlanInput) {
    this.#input = input
    this.#ledger = new TierLedger(input)
    this.phases = tierPhases(this.#ledger, input)
  }

  planAll(): void {
    this.#drain((tier) => this.#isAbove(tier))
    this.#follow()
    this.#drain((tier) => this.phases[tier] === 'draining')
    this.#fill()
  }

  #isAbove(tier: number): boolean {
    const { threshold } = this.#input.options
    return this.phases[tier] === 'draining' && this.#ledger.bytesUpTo(tier, threshold) < 0
  }

  excessBytes(): number[] {
    const { lowWatermark } = this.#input.options
    return this.phases.map((phase, tier) =>
      phase === 'draining' ? Math.max(0, -this.#ledger.bytesUpTo(tier, lowWatermark)) : 0,
    )
  }

  #drain(isDue: (tier: number) => boolean): void {
    const { lowWatermark } = this.#input.options
    for (let tier = 0; tier < this.#tiers; tier++) {
      if (!isDue(tier)) continue
      const mayLeave = (group: SegmentGroup): boolean => lower(group, tier).length > 0
      const groups = this.#groups(tier, (group) => group.wish.pin < 0 && mayLeave(group))
      const ranked = byRank(groups, ({ wish }) => drainRank(wish.prefer, tier))
      const isOver = (): boolean => this.#ledger.bytesUpTo(tier, lowWatermark) >= 0
      for (const sameRank of ranked) {
        const segments = mergedWarmth(sameRank, 'coldest-first')
        this.#take(segments, { reason: 'demote', targets: (group) => lower(group, tier), isOver })
      }
    }
  }

  /** Pins and exclusions. */
  #follow(): void {
    for (let tier = 0; tier < this.#tiers; tier++) {
      const pinned = this.#groups(tier, ({ wish }) => wish.pin >= 0 && wish.pin !== tier)
      for (const group of pinned) {
        this.#take(mergedWarmth([group], 'warmest-first'), {
          reason: 'pin',
          targets: ({ wish }) => [wish.pin],
        })
      }
      const excluded = this.#groups(tier, ({ wish }) => wish.pin < 0 && isExcluded(wish, tier))
      for (const group of excluded) {
        this.#take(mergedWarmth([group], 'coldest-first'), {
          reason: 'exclude',
          targets: (from, sizeBytes) => [
            ...lower(from, tier),
            ...this.#upperWithRoom(from, tier, sizeBytes),
          ],
        })
      }
    }
  }

  #fill(): void {
    const { lowWatermark } = this.#input.options
    for (let tier = 0; tier < this.#tiers; tier++) {
      if (this.phases[tier] === 'draining') return // it needs the room of slower ones itself
      if (this.phases[tier] !== 'filling') continue
      const below = this.#range(tier + 1).flatMap((from) =>
        this.#groups(from, (group) => mayPromote(group, tier)),
      )
      const room = (): number => this.#ledger.bytesUpTo(tier, lowWatermark)
      for (const sameRank of byRank(below, ({ wish }) => (wish.prefer >= 0 ? 0 : 1))) {
        this.#take(mergedWarmth(sameRank, 'warmest-first'), {
          reason: 'promote',
          targets: (_, sizeBytes) => (sizeBytes <= room() ? [tier] : []),
          isOver: () => room() <= 0,
        })
      }
    }
  }

  get #tiers(): number {
    return this.#input.tiers.length
  }

  #range(from: number): number[] {
    return Array.from({ length: Math.max(0, this.#tiers - from) }, (_, at) => from + at)
  }

  #groups(tier: number, isWanted: (group: SegmentGroup) => boolean): SegmentGroup[] {
    const { segments } = this.#input
    const paths = this.#ledger.sources(tier)
    return paths.flatMap(({ id }) => [...segments.groupsOn(id)].filter(isWanted))
  }

  /** Where nothing slower takes it: up, but never so that the tier there has to give. */
  #upperWithRoom({ wish }: SegmentGroup, tier: number, sizeBytes: number): number[] {
    const { threshold, lowWatermark } = this.#input.options
    const share = threshold < 0 ? 1 : lowWatermark
    const upper = Array.from({ length: tier }, (_, at) => tier - 1 - at)
    return upper.filter(
      (at) => !isExcluded(wish, at) && sizeBytes <= this.#ledger.bytesUpTo(at, share),
    )
  }

  #take(segments: Iterable<[SegmentGroup, WarmSegment]>, kind: MoveKind): void {
    let misses = 0
    for (const [group, warm] of segments) {
      if (this.moves.length >= this.#input.limit || kind.isOver?.() === true) return
      if (this.#taken.has(warm)) continue
      const { segment } = warm
      const targets = kind.targets(group, segment.sizeBytes)
      const toPathId = this.#ledger.placeFor(segment.sizeBytes, targets)
      if (toPathId === undefined) {
        misses += 1
        if (misses >= MOST_MISSES) return
        continue
      }
      const move = { segment, toPathId, reason: kind.reason }
      this.#taken.add(warm)
      this.#ledger.enter(move)
      this.moves.push(move)
    }
  }
}

interface MoveKind {
  readonly reason: MoveReason
  /** Tiers it may go to, best first. */
  readonly targets: (group: SegmentGroup, sizeBytes: number) => readonly number[]
  readonly isOver?: () => boolean
}

function isExcluded({ excludes }: SegmentGroup['wish'], tier: number): boolean {
  return excludes[tier] === true
}

/** Slower tiers in order, the preferred one before them. */
function lower({ wish }: SegmentGroup, tier: number): number[] {
  const { prefer, excludes } = wish
  const slower = excludes.flatMap((isNot, at) => (at > tier && !isNot ? [at] : []))
  return slower.includes(prefer) ? [prefer, ...slower.filter((at) => at !== prefer)] : slower
}

/** Those that would rather be slower go first, those that want to be here last. */
function drainRank(prefer: number, tier: number): number {
  if (prefer > tier) return 0
  return prefer < 0 ? 1 : 2
}

function mayPromote({ wish }: SegmentGroup, tier: number): boolean {
  return wish.pin < 0 && wish.prefer <= tier && !isExcluded(wish, tier)
}

function byRank(
  groups: readonly SegmentGroup[],
  rankOf: (group: SegmentGroup) => number,
): SegmentGroup[][] {
  return [0, 1, 2].map((rank) => groups.filter((group) => rankOf(group) === rank))
}
