import type { TierName } from '@pafka/log'

/** What the owner of a topic wants. A tier that is not in the list is as if it were not named. */
export interface TopicWish {
  /** Its segments lie there, whatever the threshold, and are never moved for room. */
  readonly pin?: TierName
  /** Its segments are never moved there, and leave when they are. A pin is stronger. */
  readonly exclude?: readonly TierName[]
  /** Goes first when its segments lie above it, last when at or below; never moves up beyond it. */
  readonly prefer?: TierName
}

/** `TopicWish` by places in the list of tiers; -1 where there is none. */
export interface ResolvedWish {
  readonly pin: number
  readonly prefer: number
  readonly excludes: readonly boolean[]
}

export function resolveWish(wish: TopicWish, tiers: readonly TierName[]): ResolvedWish {
  const pin = wish.pin === undefined ? -1 : tiers.indexOf(wish.pin)
  const prefer = wish.prefer === undefined ? -1 : tiers.indexOf(wish.prefer)
  const excludes = tiers.map((name, tier) => tier !== pin && wish.exclude?.includes(name) === true)
  return { pin, prefer, excludes }
}

/** Equal for wishes that mean the same. */
export function wishName({ pin, prefer, excludes }: ResolvedWish): string {
  return `${pin} ${prefer} ${excludes.map(Number).join('')}`
}
