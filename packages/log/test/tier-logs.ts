import type { LogConfig, LogStore, PartitionLog, TierName, TierOptions } from '@pafka/log'

import { batchOf, numbered } from './test-batches.ts'
import { CLIENT, committed } from './test-store.ts'

/** A segment holds some batches. */
export const SMALL: Partial<LogConfig> = { segmentBytes: 300, indexIntervalBytes: 100 }

/** A tier that may have all of its disks. */
export function tierOf(name: TierName, ...paths: readonly string[]): TierOptions {
  return { name, paths: paths.map((path) => ({ path, sizeBytes: -1 })) }
}

export function onlyLog(store: LogStore): PartitionLog {
  const log = store.get('topic', 0)
  if (log === undefined) throw new Error('the log is not there')
  return log
}

/** Batches of one record, all at once. */
export async function append(log: PartitionLog, batches: number): Promise<void> {
  for (let at = 0; at < batches; at++) {
    const nowMs = log.parts.context.clock.nowMs()
    log.appendAsLeader(batchOf(numbered(1, 0, nowMs)), CLIENT)
  }
  await committed(log)
}
