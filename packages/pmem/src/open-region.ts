import { checkGranularity } from './capability.ts'
import { FileRegion } from './file-region.ts'
import type { PersistentRegion, RegionOptions } from './persistent-region.ts'
import { isNotMappable } from './map-medium.ts'
import { PmemRegion } from './pmem-region.ts'

/**
 * Maps a file that is there, or, where that cannot be, reads it: see `capability.why`.
 * @throws {PmemError} ENOENT, EBUSY and so on
 */
export function openRegion(path: string, options: RegionOptions = {}): PersistentRegion {
  checkGranularity(options.persistGranularity)
  return orElse(
    () => PmemRegion.open(path, options),
    (reason) => FileRegion.open(path, reason),
  )
}

/**
 * Makes a file of zeros, and maps it, or, where that cannot be, keeps a copy of it.
 * @throws {PmemError} EEXIST, ENOSPC and so on
 */
export function createRegion(
  path: string,
  sizeBytes: number,
  options: RegionOptions = {},
): PersistentRegion {
  checkGranularity(options.persistGranularity)
  return orElse(
    () => PmemRegion.create(path, sizeBytes, options),
    (reason) => FileRegion.create(path, sizeBytes, reason),
  )
}

function orElse(
  map: () => PersistentRegion,
  read: (reason: string) => PersistentRegion,
): PersistentRegion {
  try {
    return map()
  } catch (error) {
    if (!isNotMappable(error)) throw error
    return read(error.message)
  }
}
