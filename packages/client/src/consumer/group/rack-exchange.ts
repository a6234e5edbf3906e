import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { PartitionRacks } from './partition-racks.ts'

/** What a member has: a partition, or a place for one more where others have that. */
export interface Holding<Holder> {
  readonly place: TopicPartition | undefined
  readonly holder: Holder
  /** It had it before: others are to have it only where that helps. */
  readonly isKept: boolean
}

export interface RackTerms<Holder> {
  readonly racksOf: PartitionRacks
  /** Empty for none. */
  readonly rackOf: (holder: Holder) => string
  /** It changes hands. @returns whether that gives it back to who had it before */
  readonly give: (place: TopicPartition, from: Holder, to: Holder) => boolean
}

/** Where places are that nothing is in. */
const EMPTY = ''
const NO_RACKS: ReadonlySet<string> = new Set()

/** Members of one rack, together. */
interface Rack<Holder> {
  readonly holders: Set<Holder>
  readonly stacks: Map<string, Stack<Holder>>
}

/** What they have that has its replicas in the same racks. */
interface Stack<Holder> {
  readonly key: string
  readonly racks: ReadonlySet<string>
  /** Nobody misses these. */
  readonly free: Holding<Holder>[]
  readonly kept: Holding<Holder>[]
}

/** The best that one rack can give to another. */
interface Move<Holder> {
  readonly from: string
  readonly to: string
  readonly cost: number
  readonly stack: Stack<Holder>
}

/**
 * Has racks exchange partitions, each as many as it gets, until no exchange brings more of them to
 * a member in whose rack they have a replica: then no other way to share them out does. It is a
 * ring of racks, each of which gives one partition to the next (cycle canceling, as for flows of
 * least cost). First with what nobody had before, then with all. Places that are empty go to
 * members of a rack that may have one already: within a rack they are to be balanced afterwards.
 */
export class RackExchange<Holder> {
  readonly #terms: RackTerms<Holder>
  readonly #racks = new Map<string, Rack<Holder>>()

  constructor(holdings: readonly Holding<Holder>[], terms: RackTerms<Holder>) {
    this.#terms = terms
    for (const holding of holdings) {
      const name = terms.rackOf(holding.holder)
      const rack = this.#racks.get(name) ?? { holders: new Set(), stacks: new Map() }
      this.#racks.set(name, rack)
      rack.holders.add(holding.holder)
      const { place } = holding
      const racks = place === undefined ? NO_RACKS : terms.racksOf(place)
      const key = place === undefined ? EMPTY : JSON.stringify([...racks].toSorted())
      put(rack, holding, { key, racks })
    }
  }

  run(): void {
    for (const mayTake of [false, true]) {
      for (;;) {
        const ring = findRing([...this.#racks.keys()], this.#moves(mayTake))
        if (ring === undefined) break
        for (let times = timesOf(ring); times > 0; times--) this.#pass(ring)
      }
    }
  }

  /** @param mayTake what was had before, too: it costs less than a partition that is elsewhere */
  #moves(mayTake: boolean): Move<Holder>[] {
    return [...this.#racks].flatMap(([from, { stacks }]) => {
      const best = new Map<string, Move<Holder>>()
      for (const stack of stacks.values()) {
        if (stack.free.length === 0 && (!mayTake || stack.kept.length === 0)) continue
        for (const to of this.#racks.keys()) {
          if (to === from || !this.#hasRoom(to, stack)) continue
          const cost = this.#costOf(stack, from, to)
          if (cost < (best.get(to)?.cost ?? Infinity)) best.set(to, { from, to, cost, stack })
        }
      }
      return [...best.values()]
    })
  }

  #costOf({ racks, free }: Stack<Holder>, from: string, to: string): number {
    const gain = Number(racks.has(to)) - Number(racks.has(from))
    return Number(free.length === 0) - gain * (this.#racks.size + 1)
  }

  /** Nobody has two partitions less than others. */
  #hasRoom(to: string, { key }: Stack<Holder>): boolean {
    const rack = this.#racks.get(to)
    const empty = rack?.stacks.get(EMPTY)?.free.length ?? 0
    return key !== EMPTY || empty < (rack?.holders.size ?? 0)
  }

  /** Who gives something to the next rack is who gets what comes from the one before. */
  #pass(ring: readonly Move<Holder>[]): void {
    const given = ring.flatMap((move) => {
      const holding = move.stack.free.pop() ?? move.stack.kept.pop()
      return holding === undefined ? [] : [{ ...move, holding }]
    })
    for (const [at, { to, stack, holding }] of given.entries()) {
      const { place, holder: from } = holding
      const holder = given[(at + 1) % given.length]?.holding.holder ?? from
      const isKept = place !== undefined && this.#terms.give(place, from, holder)
      const rack = this.#racks.get(to)
      if (rack !== undefined) put(rack, { place, holder, isKept }, stack)
    }
  }
}

/** How often it costs the same; what is empty may have no room after the first time. */
function timesOf<Holder>(ring: readonly Move<Holder>[]): number {
  const most = ring.map(({ stack: { key, free, kept } }) => {
    if (key === EMPTY) return 1
    return free.length > 0 ? free.length : kept.length
  })
  return Math.min(...most)
}

function put<Holder>(
  { stacks }: Rack<Holder>,
  holding: Holding<Holder>,
  { key, racks }: Pick<Stack<Holder>, 'key' | 'racks'>,
): void {
  const stack = stacks.get(key) ?? { key, racks, free: [], kept: [] }
  stacks.set(key, stack)
  stack[holding.isKept ? 'kept' : 'free'].push(holding)
}

/** Bellman and Ford's search. @returns moves one after the other that cost less than nothing */
function findRing<Holder>(
  racks: readonly string[],
  moves: readonly Move<Holder>[],
): Move<Holder>[] | undefined {
  const costs = new Map(racks.map((rack) => [rack, 0]))
  const last = new Map<string, Move<Holder>>()
  let changed: string | undefined
  for (let round = 0; round < racks.length; round++) {
    changed = undefined
    for (const move of moves) {
      const cost = (costs.get(move.from) ?? 0) + move.cost
      if (cost >= (costs.get(move.to) ?? 0)) continue
      costs.set(move.to, cost)
      last.set(move.to, move)
      changed = move.to
    }
    if (changed === undefined) return undefined
  }
  // so many steps back it is in the ring, wherever it was before
  let at = changed
  for (let step = 0; step < racks.length; step++) at = last.get(at ?? '')?.from
  const ring: Move<Holder>[] = []
  for (let rack = at; ring.length === 0 || rack !== at;) {
    const move = last.get(rack ?? '')
    if (move === undefined) return undefined
    ring.push(move)
    rack = move.from
  }
  return ring.toReversed()
}
