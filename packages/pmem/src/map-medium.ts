import { PmemError } from './pmem-error.ts'
import type { RegionOptions } from './persistent-region.ts'
import { PmemRegion } from './pmem-region.ts'

/** No binary for this platform, Node takes no foreign memory, or the file cannot be mapped. */
const NOT_MAPPABLE = new Set(['ENOSYS', 'EOPNOTSUPP', 'ENODEV'])

export function isNotMappable(error: unknown): error is PmemError {
  return error instanceof PmemError && NOT_MAPPABLE.has(error.code)
}

/**
 * Maps a file that is there, where memory is its medium: persistent memory, or a file system in
 * memory.
 * @returns undefined elsewhere: on a disk a mapping is only another way into the page cache
 * @throws {PmemError} ENOENT, EBUSY when it is locked, and so on
 */
export function mapMedium(path: string, options: RegionOptions = {}): PmemRegion | undefined {
  try {
    const region = PmemRegion.open(path, options)
    if (region.capability.persistGranularity !== 'page') return region
    region.close()
    return undefined
  } catch (error) {
    if (isNotMappable(error)) return undefined
    throw error
  }
}
