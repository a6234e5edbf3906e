import type { TierName, TierPath } from '@pafka/log'

import { mergedWarmth } from './merged-warmth.ts'
import type { Move, MoveReason } from './move.ts'
import type { PolicyOptions } from './policy-options.ts'
import type { SegmentGroup, SegmentIndex } from './segment-index.ts'
import { type LedgerInput, type Target, TierLedger } from './tier-ledger.ts'
import { type PhasesBefore, type TierPhase, tierPhases } from './tier-phases.ts'
import type { WarmSegment } from './warmth-order.ts'

/** All that a plan depends on. */
export interface PlanInput extends LedgerInput, PhasesBefore {
  /** Fastest first. */
  readonly tiers: readonly TierName[]
  /** Those that may be moved now: none that is under way, or waits for its next try. */
  readonly segments: SegmentIndex
  readonly options: PolicyOptions
  /** Moves to plan at most. */
  readonly limit: number
  /** Bytes of segments on a path that wait for their next try; absent: none. */
  readonly waitingBytes?: (pathId: string) => number
}

export interface Plan extends PhasesBefore {
  /** What is most urgent first. Each segment once. */
  readonly moves: readonly Move[]
  /**
   * Bytes by which the paths of each tier that are drained will be too full when this is done, as
   * far as there is what may leave them: what is pinned there, or is appended to, is not to.
   */
  readonly excessBytes: readonly number[]
}

/** Segments of a group that find no room, after which no more of it are looked at. */
const MOST_MISSES = 64

/**
 * What to move now, of all that is due. The same input gives the same plan, and nothing is touched.
 * 1. Paths above the threshold give their coldest segments to paths of their tier that are below
 *    the low watermark, then to slower tiers, the fastest tier first.
 * 2. Wishes: segments go to where they are pinned, and leave where they are not wanted.
 * 3. Paths that are still drained, down to the low watermark.
 * 4. Tiers with room take the warmest segments of slower ones, up to the low watermark.
 *
 * It comes to rest when the load does: a drained path is left at or below the watermark, a tier
 * that is filled never passes it nor does a path that takes from its neighbour, and between the
 * marks nothing begins.
 */
export function planMoves(input: PlanInput): Plan {
  const planner = new Planner(input)
  if (input.limit > 0) planner.planAll()
  const { moves, phases, draining } = planner
  return { moves, phases, draining, excessBytes: planner.excessBytes() }
}

class Planner {
  readonly moves: Move[] = []
  readonly phases: readonly TierPhase[]
  readonly draining: ReadonlySet<string>
  readonly #input: PlanInput
  readonly #ledger: TierLedger
  readonly #taken = new Set<WarmSegment>()

  constructor(input: PlanInput) {
    this.#input = input
    this.#ledger = new TierLedger(input)
    const { phases, draining } = tierPhases(this.#ledger, input)
    this.phases = phases
    this.draining = draining
  }

  planAll(): void {
    const { threshold, lowWatermark } = this.#input.options
    this.#drain(threshold)
    this.#follow()
    this.#drain(lowWatermark)
    this.#fill()
  }

  excessBytes(): number[] {
    const { lowWatermark } = this.#input.options
    return this.phases.map((_, tier) => {
      const drained = this.#ledger.pathsOf(tier).filter(({ id }) => this.draining.has(id))
      return drained.reduce((sum, { id }) => {
        const aboveBytes = Math.max(0, -this.#ledger.pathBytesUpTo(id, lowWatermark))
        return sum + Math.min(aboveBytes, this.#bytesToLeave(tier, id))
      }, 0)
    })
  }

  /** What is on a path and may lie elsewhere, without what this plan takes. */
  #bytesToLeave(tier: number, pathId: string): number {
    let [goingBytes, stayingBytes] = [this.#input.waitingBytes?.(pathId) ?? 0, 0]
    for (const group of this.#input.segments.groupsOn(pathId)) {
      if (stays(group, tier)) stayingBytes += group.sizeBytes
      else goingBytes += group.sizeBytes
    }
    for (const { segment } of this.moves) {
      if (segment.pathId === pathId) goingBytes -= segment.sizeBytes
    }
    const { lowWatermark } = this.#input.options
    const neighbours = this.#ledger.pathsOf(tier).filter(({ id }) => id !== pathId)
    const roomBytes = neighbours.reduce((sum, { id }) => {
      return sum + Math.max(0, this.#ledger.pathBytesUpTo(id, lowWatermark))
    }, 0)
    return Math.max(0, goingBytes + Math.min(stayingBytes, roomBytes))
  }

  /** @param mark paths that are drained and above this share are due */
  #drain(mark: number): void {
    const { lowWatermark } = this.#input.options
    for (let tier = 0; tier < this.#tiers; tier++) {
      const drained = this.#ledger.sources(tier).filter(({ id }) => this.draining.has(id))
      let due = drained.filter(({ id }) => this.#ledger.pathBytesUpTo(id, mark) < 0)
      while (due.length > 0) {
        const before = this.moves.length
        this.#drainPaths(tier, due)
        if (this.moves.length === before) break
        due = due.filter(({ id }) => this.#ledger.pathBytesUpTo(id, lowWatermark) < 0)
      }
    }
  }

  /** Until one of them is done: from then on the coldest segments are those of the others. */
  #drainPaths(tier: number, due: readonly TierPath[]): void {
    const { lowWatermark } = this.#input.options
    const isOver = (): boolean =>
      due.some(({ id }) => this.#ledger.pathBytesUpTo(id, lowWatermark) >= 0)
    const within = [{ tier, upTo: lowWatermark }]
    const stay = groupsOn(this.#input.segments, due).filter(({ wish }) => mayBe(wish, tier))
    if (this.#ledger.placeFor(0, within) !== undefined) {
      const segments = mergedWarmth(stay, 'coldest-first')
      this.#take(segments, { reason: 'balance', targets: () => within, isOver })
    }
    const mayLeave = (group: SegmentGroup): boolean =>
      group.wish.pin < 0 && lower(group, tier).length > 0
    const groups = groupsOn(this.#input.segments, due).filter(mayLeave)
    for (const sameRank of byRank(groups, ({ wish }) => drainRank(wish.prefer, tier))) {
      const segments = mergedWarmth(sameRank, 'coldest-first')
      this.#take(segments, { reason: 'demote', targets: (group) => lower(group, tier), isOver })
    }
  }

  /** Pins and exclusions. */
  #follow(): void {
    for (let tier = 0; tier < this.#tiers; tier++) {
      const pinned = this.#groups(tier, ({ wish }) => wish.pin >= 0 && wish.pin !== tier)
      for (const group of pinned) {
        this.#take(mergedWarmth([group], 'warmest-first'), {
          reason: 'pin',
          targets: ({ wish }) => [{ tier: wish.pin }],
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
          targets: (_, sizeBytes) => (sizeBytes <= room() ? [{ tier, upTo: lowWatermark }] : []),
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
    return groupsOn(this.#input.segments, this.#ledger.sources(tier)).filter(isWanted)
  }

  /** Where nothing slower takes it: up, but never so that the tier there has to give. */
  #upperWithRoom({ wish }: SegmentGroup, tier: number, sizeBytes: number): Target[] {
    const { threshold, lowWatermark } = this.#input.options
    const share = threshold < 0 ? 1 : lowWatermark
    const upper = Array.from({ length: tier }, (_, at) => tier - 1 - at)
    const roomy = upper.filter(
      (at) => !isExcluded(wish, at) && sizeBytes <= this.#ledger.bytesUpTo(at, share),
    )
    return roomy.map((at) => ({ tier: at, upTo: share }))
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
  /** Where it may go, best first. */
  readonly targets: (group: SegmentGroup, sizeBytes: number) => readonly Target[]
  readonly isOver?: () => boolean
}

function isExcluded({ excludes }: SegmentGroup['wish'], tier: number): boolean {
  return excludes[tier] === true
}

/** Whether its segments may lie in a tier, other wishes aside. */
function mayBe(wish: SegmentGroup['wish'], tier: number): boolean {
  return wish.pin < 0 ? !isExcluded(wish, tier) : wish.pin === tier
}

function groupsOn(segments: SegmentIndex, paths: readonly TierPath[]): SegmentGroup[] {
  return paths.flatMap(({ id }) => [...segments.groupsOn(id)])
}

/** Whether its segments leave a path of that tier for another one of it at most. */
function stays(group: SegmentGroup, tier: number): boolean {
  return mayBe(group.wish, tier) && (group.wish.pin >= 0 || lower(group, tier).length === 0)
}

/** Slower tiers in order, the preferred one before them. */
function lower({ wish }: SegmentGroup, tier: number): Target[] {
  const { prefer, excludes } = wish
  const slower = excludes.flatMap((isNot, at) => (at > tier && !isNot ? [{ tier: at }] : []))
  return slower.toSorted((a, b) => Number(b.tier === prefer) - Number(a.tier === prefer))
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
