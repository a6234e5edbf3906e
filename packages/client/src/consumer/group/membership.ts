import type { TopicPartition } from '../../cluster/topic-partition.ts'

/** The epochs by which a heartbeat joins, leaves, and is away for a while (KIP-848). */
export const JOIN_EPOCH = 0
export const LEAVE_EPOCH = -1
export const LEAVE_STATIC_EPOCH = -2

/** Partitions of one topic, as heartbeats have them. */
export interface TopicIdPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** What the coordinator answered to a heartbeat. */
export interface MembershipAnswer {
  readonly memberId: string | null
  readonly memberEpoch: number
  /** Null where nothing changed. */
  readonly assignment: { readonly topicPartitions: readonly TopicIdPartitions[] } | null
}

/** What the next heartbeat says. */
export interface MembershipAsk {
  readonly memberEpoch: number
  /** Whether to say all again: the coordinator may not have heard of it, or forgotten it. */
  readonly isFull: boolean
  /** What the member has, where that is to be said. */
  readonly owned: readonly TopicIdPartitions[] | null
}

/** What is to be done, in this order. */
export type MembershipEffect =
  /** Others get them when `revoked` is called, with this number. */
  | {
      readonly do: 'revoke'
      readonly partitions: readonly TopicPartition[]
      readonly number: number
    }
  /** Others may have them already. */
  | { readonly do: 'lose'; readonly partitions: readonly TopicPartition[] }
  | { readonly do: 'take'; readonly partitions: readonly TopicPartition[] }
  /** There are topics of which only the id is known; `reconcile` is to be called after that. */
  | { readonly do: 'look' }
  /** The next heartbeat is sent now. */
  | { readonly do: 'beat' }

interface Place extends TopicPartition {
  readonly topicId: string
}

/**
 * A member of a group in which the broker assigns: what it has, what it is to have, and what the
 * coordinator was told of it. No time and no socket: answers in, effects out. What is to be given
 * up goes before anything is taken; then the coordinator is told what the member has.
 */
export class Membership {
  readonly #nameOf: (topicId: string) => string | undefined
  #memberId: string
  #epoch = JOIN_EPOCH
  readonly #owned = new Map<string, Place>()
  /** What it is to have; undefined until it was told. */
  #target: ReadonlyMap<string, Omit<Place, 'topic'>> | undefined
  /** Given up now, by key; what was begun before the member was fenced is of no concern. */
  #revoking: ReadonlyMap<string, Place> | undefined
  #revocations = 0
  #owesFull = true
  #owesOwned = false

  /** @param nameOf of a topic id; undefined while it is not known */
  constructor(memberId: string, nameOf: (topicId: string) => string | undefined) {
    this.#memberId = memberId
    this.#nameOf = nameOf
  }

  get memberId(): string {
    return this.#memberId
  }

  get epoch(): number {
    return this.#epoch
  }

  get owned(): readonly TopicPartition[] {
    return named(this.#owned.values())
  }

  ask(): MembershipAsk {
    const isFull = this.#owesFull
    const owned = isFull || this.#owesOwned ? byTopicId(this.#owned.values()) : null
    this.#owesFull = false
    this.#owesOwned = false
    return { memberEpoch: this.#epoch, isFull, owned }
  }

  /** @returns what is to be done, as of `reconcile` */
  answered({ memberId, memberEpoch, assignment }: MembershipAnswer): MembershipEffect[] {
    if (memberId !== null && memberId !== '') this.#memberId = memberId
    this.#epoch = memberEpoch
    if (assignment === null) return []
    const places = assignment.topicPartitions.flatMap(({ topicId, partitions }) => {
      return partitions.map((partition) => ({ topicId, partition }))
    })
    this.#target = new Map(places.map((place) => [keyOf(place), place]))
    return this.reconcile()
  }

  /** No answer came: the coordinator may have heard it, or not. */
  unanswered(): void {
    this.#owesFull = true
  }

  /** The coordinator does not know it, or not in this epoch: it joins anew, with nothing. */
  fenced(): MembershipEffect[] {
    const lost = this.owned
    this.#owned.clear()
    this.#target = undefined
    this.#revoking = undefined
    this.#epoch = JOIN_EPOCH
    this.#owesFull = true
    return lost.length === 0 ? [] : [{ do: 'lose', partitions: lost }]
  }

  /** What an effect told to give up is given up. */
  revoked(number: number): MembershipEffect[] {
    if (this.#revoking === undefined || number !== this.#revocations) return []
    for (const key of this.#revoking.keys()) this.#owned.delete(key)
    this.#revoking = undefined
    this.#owesOwned = true
    const effects = this.reconcile()
    return [...effects, ...(effects.some((one) => one.do === 'beat') ? [] : [BEAT])]
  }

  /** Towards what it is to have, as far as that can be done now. */
  reconcile(): MembershipEffect[] {
    const target = this.#target
    if (target === undefined || this.#revoking !== undefined) return []
    const gone = new Map([...this.#owned].filter(([key]) => !target.has(key)))
    if (gone.size > 0) {
      this.#revoking = gone
      this.#revocations += 1
      return [{ do: 'revoke', partitions: named(gone.values()), number: this.#revocations }]
    }
    const taken: TopicPartition[] = []
    let isUnknown = false
    for (const [key, { topicId, partition }] of target) {
      const topic = this.#nameOf(topicId)
      if (topic === undefined) isUnknown = true
      if (topic === undefined || this.#owned.has(key)) continue
      this.#owned.set(key, { topicId, topic, partition })
      taken.push({ topic, partition })
    }
    const effects: MembershipEffect[] = []
    if (taken.length > 0) {
      this.#owesOwned = true
      effects.push({ do: 'take', partitions: taken }, BEAT)
    }
    if (isUnknown) effects.push({ do: 'look' })
    return effects
  }
}

const BEAT: MembershipEffect = { do: 'beat' }

function keyOf({ topicId, partition }: Omit<Place, 'topic'>): string {
  return `${partition} ${topicId}`
}

function named(places: Iterable<Place>): TopicPartition[] {
  return [...places].map(({ topic, partition }) => ({ topic, partition }))
}

function byTopicId(places: Iterable<Place>): TopicIdPartitions[] {
  const topics = Map.groupBy(places, ({ topicId }) => topicId)
  return [...topics].map(([topicId, own]) => {
    return { topicId, partitions: own.map(({ partition }) => partition) }
  })
}
