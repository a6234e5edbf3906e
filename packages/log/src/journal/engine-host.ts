import type { Clock, Logger, StorageError } from '@pafka/base'

import type { FileSystem } from '../files/file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'

/** Of the disk that the journal lies on. */
export interface DiskRoom {
  /** Whether there was none when it was written to last: that was said. */
  readonly isShort: boolean
  /** Whether the ring may grow by so many bytes: the last room is for small files. */
  hasRoomFor(bytes: number): Promise<boolean>
  /**
   * Does a write that may be done twice; where there is no room, in what was set aside. Appends are
   * refused from one that finds none on, until one of the same kind works.
   */
  write<Result>(action: () => Promise<Result>, kind: WriteKind): Promise<Result>
}

/** What has to be written to the disk of the journal so that it can go on. */
export type WriteKind = 'checkpoint' | 'set-aside' | 'small-file'

export interface Known {
  readonly topic: string
  /** Its log dir is online, as far as that is known. */
  readonly isHere: boolean
}

/** The store, as its journal knows it. */
export interface EngineHost {
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly room: DiskRoom
  readonly logs: () => Iterable<PartitionLog>
  /** By topic id, its bytes as latin1, and partition. */
  readonly find: (topicId: string, partition: number) => PartitionLog | undefined
  /** What a catalog knows of a partition; undefined where no topic has it. */
  readonly known: (topicId: Buffer, partition: number) => Known | undefined
  /** Makes a log anew that the ring has all of; undefined when it must not. Throws StorageError. */
  readonly bringBack: (topicId: Buffer, partition: number) => PartitionLog | undefined
  /** Logs to sync from which on it is worth to have the system write all out first. */
  readonly hastenSyncsFrom: number
  /** The folder of a log is made to survive power loss. */
  readonly nameFolder: (log: PartitionLog) => Promise<void>
  /** Whether no log dir is offline: a log that is not there is not anywhere. */
  readonly isComplete: () => boolean
  /** A log cannot be looked into: it goes, with its dir. Rethrows what is no failure of a disk. */
  readonly unreadable: (log: PartitionLog, error: unknown) => void
  /** Its disk is full, and the ring has no room for others: theirs go on without it, if any can. */
  readonly heldUp: (log: PartitionLog) => void
  /** The last checkpoint goes further in it: segments before that are left alone. */
  readonly settled: (log: PartitionLog) => void
  readonly journalFailed: (error: StorageError) => void
  readonly syncFailed: (log: PartitionLog, error: unknown) => void
}
