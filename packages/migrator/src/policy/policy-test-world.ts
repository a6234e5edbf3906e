import type { Random } from '@pafka/base'
import { TIER_MEDIA, type TierName, type TierSegment } from '@pafka/log'

import type { Move } from './move.ts'
import { type Plan, planMoves } from './plan-moves.ts'
import { type PolicyOptions, policyOptions } from './policy-options.ts'
import { SegmentIndex, segmentName } from './segment-index.ts'
import type { PhasesBefore } from './tier-phases.ts'
import { resolveWish, type TopicWish } from './topic-wish.ts'

const TOPICS = ['a', 'b', 'c', 'd']
const MOST_SEGMENTS = 120

interface TestPath {
  id: string
  path: string
  tier: number
  capacityBytes: number
  usedBytes: number
  isOnline: boolean
  readonly isAppended: boolean
}

/** A machine as `random` has it: what the policy is shown, and what follows from its plans. */
export class PolicyWorld {
  readonly tiers: readonly TierName[]
  readonly options: PolicyOptions
  readonly paths: readonly TestPath[]
  readonly wishes: Map<string, TopicWish>
  readonly index: SegmentIndex
  underWay: Move[] = []
  readonly avoided: { from: Set<string>; to: Set<string> } = { from: new Set(), to: new Set() }
  segments: TierSegment[] = []
  #before: PhasesBefore = { phases: [], draining: new Set() }
  readonly #random: Random
  #offset = 0

  constructor(random: Random, { hasWishes }: { readonly hasWishes: boolean }) {
    this.#random = random
    this.tiers = TIER_MEDIA.slice(0, 2 + random.below(3))
    const threshold = random.below(10) === 0 ? -1 : 0.1 + random.next() * 0.8
    this.options = policyOptions({
      threshold,
      spread: random.below(2) === 0 ? 'free-bytes' : 'free-share',
      movesPerPath: 1 + random.below(4),
      ...(random.below(2) === 0 && threshold > 0 ? { promoteBelow: threshold * 0.8 } : {}),
    })
    this.paths = this.tiers.flatMap((_, tier) => this.#newPaths(tier))
    this.index = new SegmentIndex(this.tiers)
    this.wishes = new Map(TOPICS.map((topic) => [topic, hasWishes ? this.#newWish() : {}]))
    for (let left = random.below(MOST_SEGMENTS); left > 0; left--) this.addSegment()
  }

  plan(limit: number): Plan {
    const { tiers, options, paths, underWay, avoided, index: segments } = this
    const plan = planMoves({
      ...{ tiers, options, paths, underWay, avoided, segments, limit },
      ...this.#before,
      retiringBytes: () => 0,
    })
    this.#before = plan
    return plan
  }

  wishOf(topic: string): TopicWish {
    return this.wishes.get(topic) ?? {}
  }

  pathOf(id: string): TestPath {
    return this.paths.find((path) => path.id === id) as TestPath
  }

  reservedBytes(pathId: string): number {
    const moves = this.underWay.filter(({ toPathId }) => toPathId === pathId)
    return moves.reduce((sum, { segment }) => sum + segment.sizeBytes, 0)
  }

  addSegment(): void {
    const random = this.#random
    const path = this.paths[random.below(this.paths.length)] as TestPath
    const sizeBytes = random.below(10) === 0 ? random.below(400) : 50 + random.below(10)
    if (path.usedBytes + this.reservedBytes(path.id) + sizeBytes > path.capacityBytes) return
    const topic = TOPICS[random.below(TOPICS.length)] as string
    this.#offset += 1
    const heatBytes = random.below(4) === 0 ? sizeBytes * random.below(20) : 0
    const segment: TierSegment = {
      ...{ topic, partition: random.below(3), baseOffset: this.#offset, pathId: path.id },
      ...{ sizeBytes, newestMs: random.below(1000), readMs: 0, heatBytes },
    }
    path.usedBytes += sizeBytes
    this.segments.push(segment)
    this.#put(segment)
  }

  changeSomething(): void {
    const random = this.#random
    const path = this.paths[random.below(this.paths.length)] as TestPath
    const what = random.below(12)
    if (what < 6) for (let left = random.below(10); left > 0; left--) this.addSegment()
    else if (what < 8) for (let left = random.below(10); left > 0; left--) this.#removeSegment()
    else if (what === 8) path.isOnline = !path.isOnline
    else if (what === 9) flip(this.avoided.to, path.id)
    else if (what === 10) flip(this.avoided.from, path.id)
    else {
      const topic = TOPICS[random.below(TOPICS.length)] as string
      const wish = this.#newWish()
      this.wishes.set(topic, wish)
      this.index.rewish(topic, wish, 1000)
    }
  }

  begin(plan: Plan): void {
    for (const move of plan.moves) {
      if (this.index.remove(move.segment) === undefined) throw new Error('planned twice')
      this.underWay.push(move)
    }
  }

  endSome(): void {
    for (let left = this.#random.below(6); left > 0; left--) {
      if (this.#random.below(4) > 0) this.endOne()
      else this.#fail()
    }
  }

  endOne(): void {
    const move = this.#takeMove()
    if (move === undefined) return
    const { segment, toPathId } = move
    this.pathOf(segment.pathId).usedBytes -= segment.sizeBytes
    this.pathOf(toPathId).usedBytes += segment.sizeBytes
    const moved = { ...segment, pathId: toPathId }
    this.segments = this.segments.map((other) => (other === segment ? moved : other))
    this.#put(moved)
  }

  #fail(): void {
    const move = this.#takeMove()
    if (move !== undefined) this.#put(move.segment)
  }

  #takeMove(): Move | undefined {
    return this.underWay.splice(this.#random.below(this.underWay.length), 1)[0]
  }

  #put(segment: TierSegment): void {
    this.index.put(segment, this.wishOf(segment.topic), 1000)
  }

  #removeSegment(): void {
    const segment = this.segments[this.#random.below(this.segments.length)]
    if (segment === undefined || this.index.remove(segment) === undefined) return
    this.segments = this.segments.filter((other) => other !== segment)
    this.pathOf(segment.pathId).usedBytes -= segment.sizeBytes
  }

  #newPaths(tier: number): TestPath[] {
    const random = this.#random
    return Array.from({ length: 1 + random.below(3) }, (_, at) => ({
      id: `${tier}.${at}`,
      path: `/tier-${tier}/${at}`,
      tier,
      capacityBytes: (1 + tier) * (500 + random.below(2000)),
      usedBytes: random.below(100),
      isOnline: random.below(10) > 0,
      isAppended: true,
    }))
  }

  #newWish(): TopicWish {
    const random = this.#random
    const name = (): TierName => TIER_MEDIA[random.below(TIER_MEDIA.length)] as TierName
    return {
      ...(random.below(4) === 0 ? { pin: name() } : {}),
      ...(random.below(3) === 0 ? { prefer: name() } : {}),
      ...(random.below(3) === 0 ? { exclude: [name(), name()] } : {}),
    }
  }
}

function flip(set: Set<string>, id: string): void {
  if (!set.delete(id)) set.add(id)
}

/** The rules that hold of every plan. */
export function checkPlan(world: PolicyWorld, { moves }: Plan): void {
  const names = new Set(world.underWay.map(({ segment }) => segmentName(segment)))
  const taken = new Map<string, number>()
  for (const [at, move] of moves.entries()) {
    const { segment, toPathId, reason } = move
    if (names.has(segmentName(segment))) throw new Error('planned twice')
    names.add(segmentName(segment))
    const [from, to] = [world.pathOf(segment.pathId), world.pathOf(toPathId)]
    if (!from.isOnline || world.avoided.from.has(from.id)) throw new Error('from a path that fails')
    if (!to.isOnline || world.avoided.to.has(to.id)) throw new Error('to a path that fails')
    checkWish(world, move)
    const isRaised = to.tier < from.tier && reason !== 'pin'
    if (isRaised) checkRaised(world, moves.slice(0, at + 1), to.tier)
    if (reason === 'balance') checkBalanced(world, moves.slice(0, at + 1), to.id)
    taken.set(to.id, (taken.get(to.id) ?? 0) + segment.sizeBytes)
  }
  for (const [id, bytes] of taken) {
    const { usedBytes, capacityBytes } = world.pathOf(id)
    const isMore = usedBytes + world.reservedBytes(id) + bytes > capacityBytes
    if (isMore) throw new Error('more than the path has room for')
    const streams = [...world.underWay, ...moves].filter(({ toPathId }) => toPathId === id)
    if (streams.length > world.options.movesPerPath) throw new Error('too many moves to a path')
  }
}

/** What is brought up leaves a tier at or below the low watermark, once all is done. */
function checkRaised(world: PolicyWorld, moves: readonly Move[], tier: number): void {
  const { threshold, lowWatermark } = world.options
  const online = world.paths.filter((path) => path.isOnline && path.tier === tier)
  const ids = new Set(online.map(({ id }) => id))
  const capacity = online.reduce((sum, path) => sum + path.capacityBytes, 0)
  let used = online.reduce((sum, path) => sum + path.usedBytes, 0)
  for (const { segment, toPathId } of [...world.underWay, ...moves]) {
    if (ids.has(toPathId)) used += segment.sizeBytes
    if (ids.has(segment.pathId)) used -= segment.sizeBytes
  }
  const share = threshold < 0 ? 1 : lowWatermark
  if (used > share * capacity + 1e-6) throw new Error('brought up more than there is room for')
}

/** What a path gets from its neighbours leaves it at or below the low watermark. */
function checkBalanced(world: PolicyWorld, moves: readonly Move[], pathId: string): void {
  const { capacityBytes, usedBytes } = world.pathOf(pathId)
  let used = usedBytes
  for (const { segment, toPathId } of [...world.underWay, ...moves]) {
    if (toPathId === pathId) used += segment.sizeBytes
    if (segment.pathId === pathId) used -= segment.sizeBytes
  }
  const most = world.options.lowWatermark * capacityBytes
  if (used > most + 1e-6) throw new Error('balanced with a path that has no room')
}

function checkWish(world: PolicyWorld, { segment, toPathId, reason }: Move): void {
  const [from, to] = [world.pathOf(segment.pathId).tier, world.pathOf(toPathId).tier]
  const { pin, prefer, excludes } = resolveWish(world.wishOf(segment.topic), world.tiers)
  if (excludes[to] === true) throw new Error('to a tier that is excluded')
  if (pin >= 0 && to !== pin) throw new Error('away from where it is pinned')
  if (from === to && (reason !== 'balance' || segment.pathId === toPathId)) {
    throw new Error('to where it is')
  }
  if (reason === 'balance' && from !== to) throw new Error('balanced with another tier')
  if (reason === 'demote' && to < from) throw new Error('demoted upwards')
  if (reason === 'promote' && (to > from || prefer > to)) throw new Error('promoted too far')
  const { threshold } = world.options
  if (threshold < 0 && ['balance', 'demote', 'promote'].includes(reason)) {
    throw new Error('moved by a threshold that is off')
  }
}
