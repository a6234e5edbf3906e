export {
  encodeCatalogFrame,
  type CatalogFrame,
  findCatalogFrame,
  readCatalogFrame,
} from './catalog/catalog-frame.ts'
export type { CatalogKept, KnownDir } from './catalog/catalog-kept.ts'
export {
  type CatalogRecord,
  decodeCatalogRecords,
  encodeCatalogRecords,
  type Places,
  type TopicCreated,
  type TopicDeleted,
} from './catalog/catalog-record.ts'
export type { ClientQuotaPart, ClientQuotasSet } from './catalog/client-quotas-record.ts'
export type { CleanerFigures } from './cleaner/cleaner-figures.ts'
export { type CleanerOptions, defaultCleanerOptions } from './cleaner/cleaner-options.ts'
export {
  type CompressionType,
  defaultLogConfig,
  isCompacted,
  isDeleted,
  type LogConfig,
  NEVER,
} from './config/log-config.ts'
export type {
  FileStat,
  FileSystem,
  FolderLock,
  IoDone,
  OpenFile,
  OpenMode,
} from './files/file-system.ts'
export { asStorageError, isOutOfSpace } from './files/as-error.ts'
export { syncFile, writeWhole } from './files/file-calls.ts'
export { type FolderLimits, limitedFileSystem } from './files/limited-file-system.ts'
export { memoryFileSystem } from './files/memory-file-system.ts'
export { isWithin } from './files/is-within.ts'
export { nodeFileSystem } from './files/node-file-system.ts'
export {
  diskError,
  type DiskOperation,
  type FaultRule,
  SimulatedDisk,
} from './files/simulated-disk.ts'
export type { JournalFigures } from './journal/journal-figures.ts'
export type { JournalOptions } from './journal/journal-options.ts'
export type { JournalStatus } from './journal/journal-status.ts'
export type {
  AppendOptions,
  AppendResult,
  CommittedLog,
  CommitWaiter,
} from './partition/append-result.ts'
export { type MarkerType, markerTypeOf } from './producer/transaction-marker.ts'
export type { EpochEnd, LogRead, ReadOptions, TimestampOffset } from './partition/log-read.ts'
export type { MarkerOrigin } from './partition/partition-transactions.ts'
export type { LogDescription, ProducerDescription } from './partition/log-description.ts'
export {
  type CheckpointedLog,
  decodeJournalCheckpoint,
  isRingCut,
  type JournalCheckpoint,
} from './journal/journal-checkpoint.ts'
export { STRANDED_NAME } from './journal/journal-files.ts'
export { ringSizeBeside } from './journal/ring-size.ts'
export type { RingBytes } from './journal/ring-pieces.ts'
export { type FoundRound, RingScan, scanAside } from './journal/ring-scan.ts'
export {
  decodeRound,
  type DecodedRound,
  readRoundHead,
  ROUND_HEADER_BYTES,
  type RoundHead,
} from './journal/round-format.ts'
export { alignedMemory } from './memory/aligned-memory.ts'
export { PartitionLog } from './partition/partition-log.ts'
export { decodeProducerSnapshot } from './producer/producer-snapshot.ts'
export type { AbortedTransaction } from './segment/transaction-index.ts'
export type { ReadRange } from './read/stable-reads.ts'
export {
  parseSegmentName,
  type SegmentFileKind,
  type SegmentFileName,
} from './segment/segment-names.ts'
export { parseMovedMark } from './segment/moved-segment.ts'
export { type Space, type SpaceOf, UNKNOWN_SPACE } from './files/space.ts'
export { LogStore } from './store/log-store.ts'
export type { InterruptedMove } from './store/moves-found.ts'
export type { PartitionMove } from './store/partition-move.ts'
export type { StoreMoves } from './store/store-moves.ts'
export type { KnownPartition, KnownTopics } from './store/known-topics.ts'
export type { LogDirStatus } from './store/log-dir-status.ts'
export type { MappedDir } from './store/mapped-dir.ts'
export type { ChannelType, LogObserver, LogStoreOptions } from './store/store-options.ts'
export type { StoreTiers } from './store/store-tiers.ts'
export type { NewLog } from './store/log-creation.ts'
export type { MovableSegment, SegmentCopy } from './tiers/movable-segment.ts'
export { isTierName, TIER_MEDIA, type TierName } from './tiers/tier-name.ts'
export type {
  TierListener,
  TierOptions,
  TierPath,
  TierPathOptions,
  TierSegment,
  TierSegmentId,
} from './tiers/tier.ts'
