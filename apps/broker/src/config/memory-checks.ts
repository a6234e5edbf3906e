import { formatBytes, MIB } from '@pafka/base'

import type { BrokerValues } from './broker-values.ts'
import { processMemoryBytes } from './process-memory.ts'

/** Of the memory that the process may use: more for one key leaves little for all else. */
const LARGE_SHARE = 0.5
/** Source: Kafka `KafkaConfig.validateValues`, for its one cleaner thread. */
const LEAST_DEDUPE_BYTES = MIB
/** Source: Kafka `LogCleaner.CleanerThread`. */
const MOST_DEDUPE_BYTES = 2 ** 31 - 1

/** What is said of values. */
export interface Findings {
  readonly warnings: string[]
  readonly problems: string[]
}

/** More memory than there is would be taken piece by piece, until the system ends the process. */
export function checkMemory(
  values: Pick<BrokerValues, 'logTailMemoryBytes' | 'logReadMemoryBytes'>,
  { warnings, problems }: Findings,
  mayUseBytes: number = processMemoryBytes(),
): void {
  const wanted = [
    ['log.tail.memory.bytes', values.logTailMemoryBytes ?? 0],
    ['log.read.memory.bytes', values.logReadMemoryBytes],
  ] as const
  const memory = `the memory that this process may use, ${formatBytes(mayUseBytes)}`
  for (const [key, bytes] of wanted) {
    if (bytes > mayUseBytes) problems.push(`${key}: ${bytes} is more than ${memory}`)
    else if (bytes > mayUseBytes * LARGE_SHARE) {
      warnings.push(`${key}: ${bytes} is more than half of ${memory}`)
    }
  }
}

/** @returns the bytes in which compaction notes keys: what is beyond the most is not used. */
export function dedupeBufferBytes(
  { logCleanerDedupeBufferSize: bytes }: Pick<BrokerValues, 'logCleanerDedupeBufferSize'>,
  { warnings, problems }: Findings,
): number {
  const key = 'log.cleaner.dedupe.buffer.size'
  if (bytes <= LEAST_DEDUPE_BYTES) {
    problems.push(`${key}: ${bytes} should be more than ${LEAST_DEDUPE_BYTES}, 1 MiB`)
  } else if (bytes > MOST_DEDUPE_BYTES) {
    warnings.push(`${key}: no more than ${MOST_DEDUPE_BYTES} of ${bytes} are used`)
  }
  return Math.min(bytes, MOST_DEDUPE_BYTES)
}
