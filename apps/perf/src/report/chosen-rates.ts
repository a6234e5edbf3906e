import { isReached, type RateGroup } from './rate-group.ts'

/**
 * The few rates at which whole distributions are shown: the lowest, the middle and the highest of
 * those that every contestant reached, or, where there are none, of all.
 * @param groups of one workload
 */
export function chosenRates(groups: readonly RateGroup[]): number[] {
  const atRates = groups.filter(({ offeredPerSecond }) => offeredPerSecond !== undefined)
  const contestants = new Set(atRates.map(({ contestant }) => contestant)).size
  const reachedBy = new Map<number, number>()
  for (const group of atRates) {
    const { offeredPerSecond: rate = 0 } = group
    reachedBy.set(rate, (reachedBy.get(rate) ?? 0) + (isReached(group) ? 1 : 0))
  }
  const all = [...reachedBy.keys()].toSorted((one, other) => one - other)
  const reached = all.filter((rate) => reachedBy.get(rate) === contestants)
  const some = reached.length > 0 ? reached : all
  const chosen = [some[0], some[Math.floor((some.length - 1) / 2)], some.at(-1)]
  return [...new Set(chosen.filter((rate) => rate !== undefined))]
}
