import { type Clock, InvariantViolation, type Logger } from '@pafka/base'

import type { LogConfig } from '../config/log-config.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'

/** Told about every log of a store, synchronously; must not throw. */
export interface LogObserver {
  /** The high watermark rose: wakes long polls. */
  committed(log: PartitionLog): void
  /** A log dir failed; its logs take no more appends. */
  failed(dir: string, error: Error): void
}

export interface LogStoreOptions {
  /** Log dirs, made when missing. New partitions go to the online dir with the fewest. */
  readonly dirs: readonly string[]
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly observer?: LogObserver | undefined
  readonly nodeId: number
  /** Of a fresh store; a store that has one keeps it. Random when absent. */
  readonly clusterId?: string | undefined
  /** Of a topic found on disk; `defaultLogConfig` when absent. */
  readonly configOf?: ((topic: string) => LogConfig) | undefined
  readonly producerIdExpirationMs?: number | undefined
  /** Files kept open between uses. */
  readonly maxOpenFiles?: number | undefined
  /** Read buffers kept for reuse. */
  readonly readPoolBytes?: number | undefined
  /** Milliseconds between passes; 0 turns one off, for a caller who does it. */
  readonly retentionCheckIntervalMs?: number | undefined
  readonly checkpointIntervalMs?: number | undefined
  readonly cleanerBackoffMs?: number | undefined
}

export interface LogDirStatus {
  readonly path: string
  /** 22 characters, Kafka's base64url form; from `meta.properties`. */
  readonly directoryId: string
  readonly isOnline: boolean
  readonly error: string | undefined
}

export interface NewLog {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** One of the store's dirs; chosen when absent. */
  readonly dir?: string | undefined
}

/** All logs of a broker, over one or more log dirs. */
export class LogStore implements AsyncDisposable {
  readonly clusterId: string = ''
  readonly nodeId: number = 0

  private constructor() {}

  /** @throws StorageError for a folder in use, foreign or unusable. */
  static open(_options: LogStoreOptions): Promise<LogStore> {
    throw new InvariantViolation('not there yet')
  }

  dirs(): readonly LogDirStatus[] {
    return []
  }

  logs(): Iterable<PartitionLog> {
    return []
  }

  get(_topic: string, _partition: number): PartitionLog | undefined {
    return undefined
  }

  create(_log: NewLog, _config: LogConfig): PartitionLog {
    throw new InvariantViolation('not there yet')
  }

  /** Gone for readers at once; the files follow after `file.delete.delay.ms`. */
  async delete(_log: PartitionLog): Promise<void> {}

  /** Starts the writes of all appends so far; else they start at the end of the turn. */
  flushPending(): void {}

  async enforceRetention(_nowMs: number): Promise<void> {}

  /** Compacts one log now. */
  async clean(_log: PartitionLog): Promise<void> {}

  /** Compacts what is dirty enough. */
  async cleanIfDirty(_nowMs: number): Promise<void> {}

  /** Everything appended so far is durable after it. */
  async flush(): Promise<void> {}

  /** Flushes, writes checkpoints and the mark of a clean shutdown. Idempotent. */
  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
