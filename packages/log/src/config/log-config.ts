import { DAY_MS, GIB, HOUR_MS, MIB } from '@pafka/base'

export type CompressionType = 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/**
 * What a topic's configuration means to its logs. One property per Kafka key, named after it, with
 * the unit. A long that Kafka defaults to its largest value is `NEVER`.
 */
export interface LogConfig {
  readonly cleanupPolicy: 'delete' | 'compact' | 'compact,delete' | 'none'
  readonly compressionType: CompressionType
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionZstdLevel: number
  readonly deleteRetentionMs: number
  readonly fileDeleteDelayMs: number
  readonly flushMessages: number
  readonly flushMs: number
  readonly indexIntervalBytes: number
  readonly maxCompactionLagMs: number
  readonly maxMessageBytes: number
  readonly messageTimestampAfterMaxMs: number
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  readonly preallocate: boolean
  /** -1 is no limit. */
  readonly retentionBytes: number
  /** -1 is no limit. */
  readonly retentionMs: number
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  readonly segmentJitterMs: number
  readonly segmentMs: number
  /** Names of tiers; one that is not there counts as none. */
  readonly storageTierPin: string | null
  readonly storageTierExclude: readonly string[]
  readonly storageTierPrefer: string | null
}

/** Kafka's Long.MAX_VALUE, as near as a double comes: larger than any count or time here. */
export const NEVER: number = 2 ** 63

/** Source: Kafka 4.3 `LogConfig.java`, the defaults of its topic configurations. */
export const defaultLogConfig: LogConfig = {
  cleanupPolicy: 'delete',
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionLz4Level: 9,
  compressionZstdLevel: 3,
  deleteRetentionMs: DAY_MS,
  fileDeleteDelayMs: 60_000,
  flushMessages: NEVER,
  flushMs: NEVER,
  indexIntervalBytes: 4096,
  maxCompactionLagMs: NEVER,
  maxMessageBytes: MIB + 12,
  messageTimestampAfterMaxMs: HOUR_MS,
  messageTimestampBeforeMaxMs: NEVER,
  messageTimestampType: 'CreateTime',
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  preallocate: false,
  retentionBytes: -1,
  retentionMs: 7 * DAY_MS,
  segmentBytes: GIB,
  segmentIndexBytes: 10 * MIB,
  segmentJitterMs: 0,
  segmentMs: 7 * DAY_MS,
  storageTierPin: null,
  storageTierExclude: [],
  storageTierPrefer: null,
}

export function isCompacted(config: LogConfig): boolean {
  return config.cleanupPolicy === 'compact' || config.cleanupPolicy === 'compact,delete'
}

export function isDeleted(config: LogConfig): boolean {
  return config.cleanupPolicy === 'delete' || config.cleanupPolicy === 'compact,delete'
}
