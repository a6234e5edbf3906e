import { stat, statfs } from 'node:fs/promises'

import { type Space, UNKNOWN_SPACE } from '@pafka/log'

/** Never throws: a folder that only exists in memory has no file system to ask. */
export async function dirSpace(path: string): Promise<Space> {
  try {
    const [{ blocks, bavail, bsize }, { dev }] = await Promise.all([statfs(path), stat(path)])
    return { totalBytes: blocks * bsize, usableBytes: bavail * bsize, device: dev }
  } catch {
    return UNKNOWN_SPACE
  }
}
