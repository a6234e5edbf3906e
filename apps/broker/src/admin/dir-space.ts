import { statfs } from 'node:fs/promises'

/** Bytes of a file system: all, and those left for this process. -1 is not known. */
export interface DirSpace {
  readonly totalBytes: number
  readonly usableBytes: number
}

/** Never throws: a folder that only exists in memory has no file system to ask. */
export async function dirSpace(path: string): Promise<DirSpace> {
  try {
    const { blocks, bavail, bsize } = await statfs(path)
    return { totalBytes: blocks * bsize, usableBytes: bavail * bsize }
  } catch {
    return { totalBytes: -1, usableBytes: -1 }
  }
}
