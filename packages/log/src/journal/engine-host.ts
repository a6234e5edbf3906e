import type { Clock, Logger, StorageError } from '@pafka/base'

import type { FileSystem } from '../files/file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'

/** The store, as its journal knows it. */
export interface EngineHost {
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly logs: () => Iterable<PartitionLog>
  /** By topic id, its bytes as latin1, and partition. */
  readonly find: (topicId: string, partition: number) => PartitionLog | undefined
  /** Logs to sync from which on it is worth to have the system write all out first. */
  readonly hastenSyncsFrom: number
  /** The folder of a log is made to survive power loss. */
  readonly nameFolder: (log: PartitionLog) => Promise<void>
  /** Whether no log dir is offline: a log that is not there is not anywhere. */
  readonly isComplete: () => boolean
  /** A log cannot be looked into: it goes, with its dir. Rethrows what is no failure of a disk. */
  readonly unreadable: (log: PartitionLog, error: unknown) => void
  readonly journalFailed: (error: StorageError) => void
  readonly syncFailed: (log: PartitionLog, error: unknown) => void
}
