import type { CatalogRecord, LogStore } from '@pafka/log'
import { isOutOfSpace } from '@pafka/log'

import type { CatalogLog } from './catalog-log.ts'
import { storageFailure, type TopicOutcome } from './topic-change.ts'

interface ChangeParts {
  readonly log: CatalogLog
  readonly logs: LogStore
  /** What else can be done on a full disk. */
  readonly freeMore: (() => Promise<void>) | undefined
}

/**
 * Makes a change durable. On a full disk it takes the room that was set aside.
 * @returns what to answer when it may not be
 */
export async function writeChange(
  records: readonly CatalogRecord[],
  { log, logs, freeMore }: ChangeParts,
): Promise<TopicOutcome | undefined> {
  if (records.length === 0) return undefined
  for (const makeRoom of [() => logs.makeRoom(), freeMore, undefined]) {
    try {
      await log.append(records)
      return undefined
    } catch (error) {
      if (makeRoom === undefined || !isOutOfSpace(error)) return storageFailure(error)
      await makeRoom()
    }
  }
  return undefined
}
