import { type Clock, DAY_MS, KIB, type Logger, MIB, MINUTE_MS, SECOND_MS } from '@pafka/base'

import type { CleanerOptions } from '../cleaner/cleaner-options.ts'
import { defaultLogConfig, type LogConfig } from '../config/log-config.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { JournalOptions } from '../journal/journal-options.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { type SpaceOf, UNKNOWN_SPACE } from '../files/space.ts'
import type { TierOptions } from '../tiers/tier.ts'
import type { KnownTopics } from './known-topics.ts'
import type { LogDirStatus } from './log-dir-status.ts'

/** Told about every log of a store, synchronously; must not throw. */
export interface LogObserver {
  /** The high watermark rose: wakes long polls. */
  committed(log: PartitionLog): void
  /** A log dir failed for good; its logs take no more appends. The logger is told as well. */
  failed?(dir: string, error: Error): void
}

/**
 * How appends are committed: through the journal, by the page cache as Kafka does it, or by stores
 * to segments on persistent memory.
 */
export type ChannelType = 'journal' | 'file' | 'pmem'

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
  /** Asked when the dirs are open, before their logs are. */
  readonly findTopics?: ((dirs: readonly LogDirStatus[]) => Promise<KnownTopics>) | undefined
  readonly producerIdExpirationMs?: number | undefined
  /** Files kept open between uses. */
  readonly maxOpenFiles?: number | undefined
  /** Read buffers kept for reuse. */
  readonly readPoolBytes?: number | undefined
  /** With a journal: buffers of reads past the page cache, those that are answers included. */
  readonly readMemoryBytes?: number | undefined
  /** Index parts that are read back from disk and kept in memory. */
  readonly indexCacheBytes?: number | undefined
  /** Bytes that a start after a crash may have to check; more are synced at a checkpoint. */
  readonly recoveryBytes?: number | undefined
  /** Logs to sync from which on it is worth to have the system write all out first. */
  readonly hastenSyncsFrom?: number | undefined
  /** Writes of at most so many bytes are made on the calling thread. */
  readonly blockingWriteBytes?: number | undefined
  readonly channel?: ChannelType | undefined
  /** Where the journal is, or was. */
  readonly journal?: JournalOptions | undefined
  /** Which of the log dirs are tiers, fastest first; new partitions go to the first with room. */
  readonly tiers?: readonly TierOptions[] | undefined
  /** With it room is set aside in each log dir, for what a full disk needs to be freed. */
  readonly spaceOf?: SpaceOf | undefined
  /** Milliseconds between passes; 0 turns one off, for a caller who does it. */
  readonly retentionCheckIntervalMs?: number | undefined
  readonly checkpointIntervalMs?: number | undefined
  readonly cleanerBackoffMs?: number | undefined
  /** `defaultCleanerOptions` where absent. */
  readonly cleaner?: Partial<CleanerOptions> | undefined
}

/** The options with their defaults, which are Kafka's where it has the option. */
export function resolveOptions(options: LogStoreOptions): ResolvedOptions {
  return {
    producerIdExpirationMs: options.producerIdExpirationMs ?? DAY_MS,
    maxOpenFiles: options.maxOpenFiles ?? 2048,
    readPoolBytes: options.readPoolBytes ?? 32 * MIB,
    readMemoryBytes: options.readMemoryBytes ?? 64 * MIB,
    indexCacheBytes: options.indexCacheBytes ?? 16 * MIB,
    recoveryBytes: options.recoveryBytes ?? 512 * MIB,
    hastenSyncsFrom: options.hastenSyncsFrom ?? 256,
    blockingWriteBytes: options.blockingWriteBytes ?? 64 * KIB,
    retentionCheckIntervalMs: options.retentionCheckIntervalMs ?? 5 * MINUTE_MS,
    checkpointIntervalMs: options.checkpointIntervalMs ?? MINUTE_MS,
    cleanerBackoffMs: options.cleanerBackoffMs ?? 15 * SECOND_MS,
    tiers: options.tiers ?? [],
    configOf: options.configOf ?? (() => defaultLogConfig),
    spaceOf: options.spaceOf ?? (async () => UNKNOWN_SPACE),
  }
}

export interface ResolvedOptions {
  readonly producerIdExpirationMs: number
  readonly maxOpenFiles: number
  readonly readPoolBytes: number
  readonly readMemoryBytes: number
  readonly indexCacheBytes: number
  readonly recoveryBytes: number
  readonly hastenSyncsFrom: number
  readonly blockingWriteBytes: number
  readonly retentionCheckIntervalMs: number
  readonly checkpointIntervalMs: number
  readonly cleanerBackoffMs: number
  readonly tiers: readonly TierOptions[]
  readonly configOf: (topic: string) => LogConfig
  readonly spaceOf: SpaceOf
}
