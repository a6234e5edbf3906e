import { totalmem } from 'node:os'

import { GIB, MIB } from '@pafka/base'

const SHARE = 10
const LEAST_BYTES = 64 * MIB
const MOST_BYTES = 4 * GIB

/** What `log.tail.memory.bytes` is when it is not set: a share of what the process may use. */
export function tailMemoryBytes(mayUseBytes: number = processMemoryBytes()): number {
  const share = Math.floor(mayUseBytes / SHARE)
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, share))
}

/** Of the machine, or less where a control group bounds it; without one the bound is 0 or huge. */
function processMemoryBytes(): number {
  const boundBytes = process.constrainedMemory()
  const machineBytes = totalmem()
  return boundBytes > 0 && boundBytes < machineBytes ? boundBytes : machineBytes
}
