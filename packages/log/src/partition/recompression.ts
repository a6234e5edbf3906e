import {
  batchSizeOf,
  Compression,
  type CompressionName,
  compressionOf,
  encodeRecordBatch,
  isControlBatch,
  readRecords,
  RecordBatchView,
  type RecordInput,
} from '@pafka/protocol'

import type { LogConfig } from '../config/log-config.ts'

/**
 * The same batches in the codec that the topic asks for. Without a wish (`producer`), or when they
 * have it already, they are returned as they are. Cold: copies every record.
 */
export function recompress(bytes: Uint8Array, config: LogConfig): Uint8Array {
  if (config.compressionType === 'producer') return bytes
  const name = config.compressionType === 'uncompressed' ? 'none' : config.compressionType
  const pieces: Uint8Array[] = []
  let changed = false
  for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
    const batch = new RecordBatchView(bytes, at)
    const keep = compressionOf(bytes, at) === Compression[name] || isControlBatch(bytes, at)
    changed ||= !keep
    pieces.push(keep ? batch.slice() : encodeAs(batch, name, config))
  }
  return changed ? Buffer.concat(pieces) : bytes
}

function encodeAs(batch: RecordBatchView, name: CompressionName, config: LogConfig): Uint8Array {
  const records: RecordInput[] = []
  for (const record of readRecords(batch)) {
    const { timestamp, key, value } = record
    const offsetDelta = record.offset - batch.baseOffset
    records.push({ timestamp, key, value, headers: record.headers(), offsetDelta })
  }
  return encodeRecordBatch({
    records,
    baseOffset: batch.baseOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    compression: name,
    compressionLevel: levelOf(name, config),
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    transactional: batch.transactional,
  })
}

function levelOf(name: CompressionName, config: LogConfig): number | undefined {
  if (name === 'gzip' && config.compressionGzipLevel >= 0) return config.compressionGzipLevel
  if (name === 'zstd') return config.compressionZstdLevel
  if (name === 'lz4') return config.compressionLz4Level
  return undefined
}
