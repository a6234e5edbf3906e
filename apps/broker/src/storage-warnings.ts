import type { Logger } from '@pafka/base'
import type { JournalStatus, SpaceOf } from '@pafka/log'

import { dirSpace } from './admin/dir-space.ts'
import type { BrokerConfig } from './config/broker-config.ts'

/** A journal that may outgrow its disk takes the room of segments that lie there: says so. */
export async function warnOfLittleRoom(
  { folder, preparedBytes, limitBytes }: JournalStatus,
  logger: Logger,
  spaceOf: SpaceOf = dirSpace,
): Promise<void> {
  const { usableBytes } = await spaceOf(folder)
  if (usableBytes < 0 || limitBytes - preparedBytes <= usableBytes) return
  logger.warn('journal-larger-than-disk', {
    folder,
    limitBytes,
    preparedBytes,
    freeBytes: usableBytes,
  })
}

/** What an ack says where storage is in memory. */
export const NO_POWER_CUT = 'survives the end of this process, but no power cut'

/** A disk in memory takes all that durability costs, and keeps none of it. */
export function warnOfMemory(folders: readonly string[], logger: Logger): void {
  if (folders.length === 0) return
  logger.warn('storage-in-memory', { folders: folders.join(', '), ack: NO_POWER_CUT })
}

/** What is measured there is not what the disk can do. */
export function warnOfLimits(limits: BrokerConfig['logLimits'], logger: Logger): void {
  if (limits === null) return
  const { folders, bytesPerSecond, operationsPerSecond } = limits
  logger.warn('log-dirs-limited', {
    paths: folders.join(', '),
    bytesPerSecond,
    operationsPerSecond,
  })
}

/** Batches that have no room in a round of the journal are refused, whatever is allowed. */
export function warnOfLargeBatches(
  { limitBytes, largestBatchBytes }: JournalStatus,
  { messageMaxBytes }: Pick<BrokerConfig, 'messageMaxBytes'>,
  logger: Logger,
): void {
  if (messageMaxBytes <= largestBatchBytes) return
  logger.warn('message-max-bytes-beyond-journal', {
    messageMaxBytes,
    largestBatchBytes,
    journalMaxBytes: limitBytes,
  })
}
