import type { Logger } from '@pafka/base'
import type { JournalStatus, Space } from '@pafka/log'

import { dirSpace } from './admin/dir-space.ts'

/** A journal that may outgrow its disk takes the room of segments that lie there: says so. */
export async function warnOfLittleRoom(
  { folder, preparedBytes, limitBytes }: JournalStatus,
  logger: Logger,
  spaceOf: (folder: string) => Promise<Space> = dirSpace,
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
