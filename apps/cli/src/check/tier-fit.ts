import { MIB } from '@pafka/base'
import type { TIER_MEDIA } from '@pafka/log'

import type { Measured } from './measure-path.ts'
import type { PathFacts } from './path-facts.ts'

/** A medium of `storage.tiers.types`. */
export type Medium = (typeof TIER_MEDIA)[number]

/** What a medium does at least, fastest first. What is less is for the last. */
const EXPECTED: readonly (readonly [Medium, number, number])[] = [
  ['NVME', 500 * MIB, 1],
  ['SSD', 100 * MIB, 5],
]

/**
 * By what was measured, not by what a disk is called: a path on a slow network disk is no NVME.
 * @returns undefined for a file system in memory, which is no tier at all
 */
export function tierFit(
  { disks }: Pick<PathFacts, 'disks'>,
  { io, write, durableWrites }: Measured,
): Medium | undefined {
  if (io === 'memory') return undefined
  if (durableWrites.way === 'mapped') return 'PMEM'
  // a controller's cache hides for some seconds that a disk has to seek
  if (disks.some((disk) => disk.isRotating === true && !disk.isVirtual)) return 'HDD'
  const fits = EXPECTED.find(([, bytesPerSecond, p50Ms]) => {
    return write.bytesPerSecond >= bytesPerSecond && durableWrites.p50Ms <= p50Ms
  })
  return fits?.[0] ?? 'HDD'
}
