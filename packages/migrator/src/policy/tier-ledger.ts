import type { TierPath } from '@pafka/log'

import type { Move } from './move.ts'
import type { PolicyOptions } from './policy-options.ts'

/** Paths that failed of late, by what is not to be done with them. */
export interface AvoidedPaths {
  readonly from: ReadonlySet<string>
  readonly to: ReadonlySet<string>
}

export interface LedgerInput {
  readonly paths: readonly TierPath[]
  readonly underWay: Iterable<Move>
  /** Bytes of old copies on a path that go when their last reader lets go. */
  readonly retiringBytes: (pathId: string) => number
  readonly avoided: AvoidedPaths
  readonly options: PolicyOptions
}

/** Where a segment may go: the paths of a tier, none of which it may fill beyond a share. */
export interface Target {
  readonly tier: number
  /** `fullShare` when absent. */
  readonly upTo?: number
}

interface PathRoom {
  readonly path: TierPath
  /** In use once everything under way is done. */
  usedBytes: number
  /** That moves may still take. */
  freeBytes: number
  /** Moves under way to it. */
  moves: number
}

interface TierUse {
  readonly rooms: PathRoom[]
  capacityBytes: number
  /** In use once everything under way is done. */
  usedBytes: number
}

/** What paths and tiers will have in use when all moves, under way and planned, are done. */
export class TierLedger {
  readonly #options: PolicyOptions
  readonly #avoided: AvoidedPaths
  readonly #tiers: TierUse[] = []
  readonly #rooms = new Map<string, PathRoom>()

  constructor({ paths, underWay, retiringBytes, avoided, options }: LedgerInput) {
    this.#options = options
    this.#avoided = avoided
    for (const path of paths) if (path.isOnline) this.#add(path, retiringBytes(path.id))
    for (const move of underWay) this.enter(move)
  }

  /** Its online paths. */
  pathsOf(tier: number): readonly TierPath[] {
    return (this.#tiers[tier]?.rooms ?? []).map(({ path }) => path)
  }

  /** Of those, the ones that segments may be taken from. */
  sources(tier: number): readonly TierPath[] {
    return this.pathsOf(tier).filter(({ id }) => !this.#avoided.from.has(id))
  }

  capacityBytes(tier: number): number {
    return this.#tiers[tier]?.capacityBytes ?? 0
  }

  usedBytes(tier: number): number {
    return this.#tiers[tier]?.usedBytes ?? 0
  }

  /** Bytes the tier may take before it is at this share. Negative above. */
  bytesUpTo(tier: number, share: number): number {
    return share * this.capacityBytes(tier) - this.usedBytes(tier)
  }

  /** As `bytesUpTo`, of one path. */
  pathBytesUpTo(pathId: string, share: number): number {
    const room = this.#rooms.get(pathId)
    return room === undefined ? 0 : share * room.path.capacityBytes - room.usedBytes
  }

  /** The path with most free room, of the first of these targets that has one with enough. */
  placeFor(sizeBytes: number, targets: Iterable<Target>): string | undefined {
    for (const { tier, upTo } of targets) {
      let best: PathRoom | undefined
      for (const room of this.#tiers[tier]?.rooms ?? []) {
        if (!this.#canTake(room, sizeBytes)) continue
        if (upTo !== undefined && sizeBytes > this.pathBytesUpTo(room.path.id, upTo)) continue
        if (best === undefined || this.#score(room) > this.#score(best)) best = room
      }
      if (best !== undefined) return best.path.id
    }
    return undefined
  }

  /** Counts a move as if it were done. */
  enter({ segment, toPathId }: Move): void {
    const { sizeBytes, pathId } = segment
    const to = this.#rooms.get(toPathId)
    if (to !== undefined) {
      to.freeBytes -= sizeBytes
      to.moves += 1
      to.usedBytes += sizeBytes
      this.#useOf(to).usedBytes += sizeBytes
    }
    const from = this.#rooms.get(pathId)
    if (from === undefined) return
    from.usedBytes -= sizeBytes
    this.#useOf(from).usedBytes -= sizeBytes
  }

  #add(path: TierPath, retiringBytes: number): void {
    const { id, tier, capacityBytes } = path
    // moves under way are entered whole: what there is of their copies is not to count twice
    const usedBytes = path.usedBytes - (path.copyingBytes ?? 0)
    const freeBytes = capacityBytes * this.#options.fullShare - usedBytes
    const leftBytes = Math.max(0, usedBytes - retiringBytes)
    const room: PathRoom = { path, usedBytes: leftBytes, freeBytes, moves: 0 }
    this.#rooms.set(id, room)
    while (this.#tiers.length <= tier) {
      this.#tiers.push({ rooms: [], capacityBytes: 0, usedBytes: 0 })
    }
    const use = this.#useOf(room)
    use.rooms.push(room)
    use.capacityBytes += capacityBytes
    use.usedBytes += leftBytes
  }

  #useOf({ path }: PathRoom): TierUse {
    return this.#tiers[path.tier] as TierUse
  }

  #canTake({ path, freeBytes, moves }: PathRoom, sizeBytes: number): boolean {
    if (this.#avoided.to.has(path.id) || moves >= this.#options.movesPerPath) return false
    return sizeBytes <= freeBytes
  }

  #score({ path, freeBytes }: PathRoom): number {
    if (this.#options.spread === 'free-bytes') return freeBytes
    return freeBytes === path.capacityBytes ? 1 : freeBytes / path.capacityBytes
  }
}
