import { statfsSync } from 'node:fs'

/** Of `statfs(2)`: tmpfs, also as `/dev/shm`, and ramfs. Other systems number theirs otherwise. */
const MEMORY_TYPES = new Set([0x01021994, 0x858458f6])

/** As `FileSystem.isInMemory`. What a system does not tell counts as a disk. */
export function isInMemory(folder: string): boolean {
  if (process.platform !== 'linux') return false
  try {
    return MEMORY_TYPES.has(statfsSync(folder).type >>> 0) // the kernel's type may be signed
  } catch {
    return false // whoever uses the folder is told why
  }
}
