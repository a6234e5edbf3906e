export * from './generated/index.ts'
export { ErrorCode, errorName, isKnown, isRetriable } from './errors/error-code.ts'
export type { Api, Codec, Message, RecordPart } from './wire/codec.ts'
export { isUuid, ONE_UUID, randomUuid, UUID_BYTES, uuidFromBytes, ZERO_UUID } from './wire/uuid.ts'
export { WireReader } from './wire/wire-reader.ts'
export { joinRecordBytes, type RecordBytes, WireWriter } from './wire/wire-writer.ts'
export { apiByKey, hasVersion } from './frame/api-table.ts'
export {
  correlationIdOf,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
  type RequestFrame,
} from './frame/frames.ts'
export { FrameDecoder, type FrameDecoderOptions, type FrameMemory } from './frame/frame-decoder.ts'
export {
  decodeRequestHeader,
  encodeRequestHeader,
  type FrameHeader,
} from './frame/request-header.ts'
export {
  compress,
  compressOffLoop,
  Compression,
  type CompressionName,
  compressionName,
  decompress,
  decompressOffLoop,
} from './compression/compression.ts'
export { TooLargeError } from './compression/wrap.ts'
export {
  attributesOf,
  BATCH_HEADER_BYTES,
  BATCH_MAGIC_END,
  BATCH_PREFIX_BYTES,
  type BatchHeader,
  batchLengthOf,
  batchSizeOf,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  compressionOf,
  computeCrc,
  crcOf,
  CURRENT_MAGIC,
  hasDeleteHorizon,
  hasKnownAttributes,
  hasLogAppendTime,
  isControlBatch,
  isTransactional,
  lastOffsetDeltaOf,
  lastOffsetOf,
  lastSequenceOf,
  magicOf,
  maxTimestampOf,
  nextOffsetOf,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  partitionLeaderEpochOf,
  producerEpochOf,
  producerIdOf,
  recordsCountOf,
  sequenceAfter,
  setBaseOffset,
  setLogAppendTime,
  setPartitionLeaderEpoch,
  setProducerState,
  writeBatchHeader,
} from './record-batch/batch-header.ts'
export { int64At, setInt64At } from './record-batch/big-endian.ts'
export { checkBatch, checkClientCounts, wholeBatchSize } from './record-batch/check-batch.ts'
export {
  checkRecordBytes,
  checkRecords,
  type RecordRange,
  type RecordRules,
} from './record-batch/check-records.ts'
export {
  ControlRecordType,
  controlRecordTypeOf,
  coordinatorEpochOf,
  encodeEndTransactionMarker,
  type EndTransactionMarkerOptions,
} from './record-batch/control-record.ts'
export { crc32c } from './record-batch/crc32c.ts'
export {
  encodeRecordBatch,
  RecordBatchBuilder,
  type RecordBatchOptions,
  type RecordInput,
} from './record-batch/record-batch-builder.ts'
export {
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  readBatches,
  readRecords,
  RecordBatchView,
  recordBytesOf,
} from './record-batch/record-batch.ts'
export { type RecordHeader, RecordReader, RecordView } from './record-batch/record.ts'
export { upgradeMessages, type UpgradedMessages } from './record-batch/upgrade-messages.ts'
export { varintBytes, varlongBytes, writeVarint, writeVarlong } from './record-batch/varint.ts'
