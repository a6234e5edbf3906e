import {
  BATCH_HEADER_BYTES,
  Compression,
  compressionName,
  compressionOf,
  encodeRecordBatch,
  readRecords,
  type RecordBatchView,
  type RecordInput,
  type RecordView,
  writeBatchHeader,
} from '@pafka/protocol'

/** What of a batch stays. */
export interface CleanRules {
  keep(record: RecordView): boolean
  /** An empty batch that keeps the sequences of its producer known. */
  keepEmpty(batch: RecordBatchView): boolean
}

/**
 * The batch with the records that stay: the same bytes when all do, undefined when none does.
 * Offsets, also the last one, remain as they were.
 */
export function cleanBatch(batch: RecordBatchView, rules: CleanRules): Uint8Array | undefined {
  if (batch.control) return batch.slice()
  const kept: RecordInput[] = []
  let count = 0
  for (const record of readRecords(batch)) {
    count += 1
    if (!rules.keep(record)) continue
    const { timestamp, key, value } = record
    const offsetDelta = record.offset - batch.baseOffset
    kept.push({ timestamp, key, value, headers: record.headers(), offsetDelta })
  }
  if (kept.length > 0 && kept.length === count) return batch.slice()
  if (kept.length === 0) return rules.keepEmpty(batch) ? emptyBatch(batch) : undefined
  return encodeRecordBatch({
    records: kept,
    baseOffset: batch.baseOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    compression: compressionName(compressionOf(batch.bytes, batch.at)) ?? 'none',
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    transactional: batch.transactional,
    logAppendTime: batch.logAppendTime ? batch.maxTimestamp : undefined,
    lastOffsetDelta: batch.lastOffset - batch.baseOffset,
  })
}

/** The header alone. Source: Kafka `DefaultRecordBatch.writeEmptyHeader`. */
function emptyBatch(batch: RecordBatchView): Uint8Array {
  const bytes = Buffer.alloc(BATCH_HEADER_BYTES)
  writeBatchHeader(bytes, {
    baseOffset: batch.baseOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    compression: Compression.none,
    logAppendTime: batch.logAppendTime,
    transactional: batch.transactional,
    control: false,
    deleteHorizon: false,
    lastOffsetDelta: batch.lastOffset - batch.baseOffset,
    baseTimestamp: -1,
    maxTimestamp: batch.maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    recordsCount: 0,
  })
  return bytes
}
