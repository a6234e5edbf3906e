import type { SpaceOf } from '../files/space.ts'
import { isWithin } from '../files/is-within.ts'
import type { StoreState } from './store-state.ts'
import { usedBytesOf } from './used-bytes.ts'

/** As a file system tells, or less where a path of a tier may take so much and no more. */
export function tierSpace(state: StoreState): SpaceOf {
  const { spaceOf, tiers } = state.resolved
  const limits = tiers.flatMap(({ paths }) => paths).filter(({ sizeBytes }) => sizeBytes >= 0)
  if (limits.length === 0) return spaceOf
  return async (folder) => {
    const space = await spaceOf(folder)
    const at = limits.findIndex(({ path }) => isWithin(folder, path))
    const limit = limits[at]
    if (limit === undefined) return space
    const dir = state.dirs.find(({ path }) => path === limit.path)
    // as of a disk: what only the journal has so far is counted by who asks
    const usedBytes = (dir && usedBytesOf(state, 'storedBytes').get(dir)) ?? 0
    const leftBytes = Math.max(0, limit.sizeBytes - usedBytes)
    const isKnown = space.totalBytes >= 0
    const totalBytes = isKnown ? Math.min(space.totalBytes, limit.sizeBytes) : limit.sizeBytes
    const usableBytes = isKnown ? Math.min(space.usableBytes, leftBytes) : leftBytes
    // room of its own, whatever else lies on that disk
    return { totalBytes, usableBytes, device: -1 - at }
  }
}
