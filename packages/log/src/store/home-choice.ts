import { StorageError } from '@pafka/base'

import type { LogConfig } from '../config/log-config.ts'
import type { TierOptions } from '../tiers/tier.ts'
import type { LogDir } from './log-dir.ts'

/** What a topic wants of tiers. */
export type HomeWish = Pick<
  LogConfig,
  'storageTierPin' | 'storageTierExclude' | 'storageTierPrefer'
>

/** Of a store, what a choice depends on. */
export interface Homes {
  readonly dirs: readonly LogDir[]
  readonly resolved: { readonly tiers: readonly TierOptions[] }
}

/** @throws StorageError when none is online, or not the one that was asked for. */
export function chooseHome(state: Homes, path: string | undefined, wish: HomeWish): LogDir {
  const chosen =
    path === undefined
      ? fewest(state, wish, new Map())
      : state.dirs.find((dir) => dir.path === path && dir.isOnline)
  if (chosen !== undefined) return chosen
  throw new StorageError(path === undefined ? 'no log dir is online' : `${path} is not online`)
}

/** Ids of dirs for new partitions, each time of that with the fewest; empty without any. */
export function placesFor(state: Homes, wishes: readonly HomeWish[]): string[] {
  const more = new Map<LogDir, number>()
  return wishes.map((wish) => {
    const dir = fewest(state, wish, more)
    if (dir !== undefined) more.set(dir, (more.get(dir) ?? 0) + 1)
    return dir?.directoryId ?? ''
  })
}

/** @param more logs that are still to be made */
function fewest(
  state: Homes,
  wish: HomeWish,
  more: ReadonlyMap<LogDir, number>,
): LogDir | undefined {
  let [chosen, least]: [LogDir | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
  for (const dir of candidates(state, wish)) {
    const count = (dir.logs.size + (more.get(dir) ?? 0) + 1) / weightOf(dir)
    if (count < least) [chosen, least] = [dir, count]
  }
  return chosen
}

/**
 * With tiers the paths of the first one wanted that has room. Where none has, all of wanted tiers;
 * without any of those, or without tiers, all that have room, or else all.
 */
function candidates({ dirs, resolved }: Homes, wish: HomeWish): readonly LogDir[] {
  const online = dirs.filter(({ isOnline }) => isOnline)
  const wanted = wantedTiers(resolved.tiers, wish).map(({ paths }) =>
    online.filter((dir) => paths.some(({ path }) => path === dir.path)),
  )
  const roomy = wanted.map((ofTier) => ofTier.filter(hasRoom))
  const lists = [...roomy, wanted.flat(), online.filter(hasRoom)]
  const found = lists.find((some) => some.length > 0)
  return found ?? online
}

/** By its disk, and by what the policy leaves it. */
export function hasRoom({ isShort, refusal, spillAfterBytes }: LogDir): boolean {
  return !isShort && refusal === undefined && spillAfterBytes > 0
}

/** In the order in which they are to be tried; none that is excluded. */
export function wantedTiers(tiers: readonly TierOptions[], wish: HomeWish): TierOptions[] {
  const { storageTierPin, storageTierExclude, storageTierPrefer } = wish
  const wanted = tiers.filter(
    ({ name }) => name === storageTierPin || !storageTierExclude.includes(name),
  )
  const first = wanted.find(({ name }) => name === storageTierPin)
  const second = wanted.find(({ name }) => name === storageTierPrefer)
  const named = new Set([first, second].filter((tier) => tier !== undefined))
  return [...named, ...wanted.filter((tier) => !named.has(tier))]
}

/** Those with more free space get more, where it is known: of paths of tiers, and of memory. */
function weightOf({ freeBytes }: LogDir): number {
  return freeBytes < 0 ? 1 : Math.max(1, freeBytes)
}
