import { GIB, MIB } from '@pafka/base'

import { processMemoryBytes } from './config/process-memory.ts'

const SHARE = 10
const LEAST_BYTES = 64 * MIB
const MOST_BYTES = 4 * GIB

/** What `log.tail.memory.bytes` is when it is not set: a share of what the process may use. */
export function tailMemoryBytes(mayUseBytes: number = processMemoryBytes()): number {
  const share = Math.floor(mayUseBytes / SHARE)
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, share))
}
