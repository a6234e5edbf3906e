import { stat, statfs } from 'node:fs/promises'

import { SECOND_MS } from '@pafka/base'
import { type Space, UNKNOWN_SPACE } from '@pafka/log'

/** A disk that does not answer for so long is not known for now. */
const PATIENCE_MS = 2 * SECOND_MS

/** By path: each question is asked once at a time, so that a disk that hangs holds one thread. */
const asked = new Map<string, Promise<Space>>()

/**
 * Never throws: a folder that only exists in memory has no file system to ask. Nobody waits longer
 * than two seconds for a disk that hangs.
 */
export function dirSpace(path: string): Promise<Space> {
  let asking = asked.get(path)
  if (asking === undefined) {
    asking = spaceOf(path).finally(() => asked.delete(path))
    asked.set(path, asking)
  }
  return orUnknown(asking)
}

async function spaceOf(path: string): Promise<Space> {
  try {
    const { blocks, bavail, bsize } = await statfs(path)
    const { dev } = await stat(path)
    return { totalBytes: blocks * bsize, usableBytes: bavail * bsize, device: dev }
  } catch {
    return UNKNOWN_SPACE
  }
}

async function orUnknown(asking: Promise<Space>): Promise<Space> {
  const { promise, resolve } = Promise.withResolvers<Space>()
  const timer = setTimeout(() => resolve(UNKNOWN_SPACE), PATIENCE_MS)
  timer.unref()
  try {
    return await Promise.race([asking, promise])
  } finally {
    clearTimeout(timer)
  }
}
