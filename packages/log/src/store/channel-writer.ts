import type { LogWriter } from '../partition/log-writer.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { WriteBehind, type WritePolicy } from '../partition/write-behind.ts'
import type { FolderNames } from './folder-names.ts'
import type { ChannelType } from './store-options.ts'

export interface ChannelParts {
  readonly channel: ChannelType | undefined
  readonly policy: WritePolicy
  readonly names: FolderNames
}

/** Of a log that no journal has the appends of. */
export function channelWriter(
  log: PartitionLog,
  { channel, policy, names }: ChannelParts,
): LogWriter {
  if (channel !== 'pmem') return new WriteBehind(policy, log)
  return new WriteBehind(policy, log, async () => {
    await names.sync(log.parts.folder, log.topicId)
    log.parts.isNamed = true
  })
}
