import { ErrorCode } from '../errors/error-code.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC_END,
  BATCH_PREFIX_BYTES,
  batchLengthOf,
  computeCrc,
  crcOf,
  CURRENT_MAGIC,
  hasKnownAttributes,
  lastOffsetDeltaOf,
  magicOf,
  recordsCountOf,
} from './batch-header.ts'

/** Least size of a magic 0 or 1 message after its prefix: crc, magic, attributes, two lengths. */
const OLD_MESSAGE_BYTES = 14

/**
 * The size of the batch at `at`, when all of it lies before `end`. Reads only the length and magic.
 * @returns -1 when it does not, or when the length cannot be that of a batch
 */
export function wholeBatchSize(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < BATCH_MAGIC_END) return -1
  const length = batchLengthOf(bytes, at)
  const sizeBytes = BATCH_PREFIX_BYTES + length
  const least =
    magicOf(bytes, at) < CURRENT_MAGIC ? OLD_MESSAGE_BYTES : BATCH_HEADER_BYTES - BATCH_PREFIX_BYTES
  return length >= least && sizeBytes <= end - at ? sizeBytes : -1
}

/**
 * Checks one batch in place: magic, CRC, attributes. Costs one pass of CRC over the batch.
 * @param bytes borrowed for this call
 * @param at where the batch starts
 * @param end where the bytes that belong to it and its followers end
 * @returns NONE, or the code the producer gets. Neither throws nor allocates more than one view.
 */
export function checkBatch(bytes: Uint8Array, at: number, end: number): ErrorCode {
  const sizeBytes = wholeBatchSize(bytes, at, end)
  if (sizeBytes < 0) return ErrorCode.CORRUPT_MESSAGE
  const magic = magicOf(bytes, at)
  if (magic !== CURRENT_MAGIC) {
    const old = magic === 0 || magic === 1
    return old ? ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT : ErrorCode.INVALID_RECORD
  }
  if (computeCrc(bytes, at, sizeBytes) !== crcOf(bytes, at)) return ErrorCode.CORRUPT_MESSAGE
  return hasKnownAttributes(bytes, at) ? ErrorCode.NONE : ErrorCode.INVALID_RECORD
}

/**
 * What a client's batch must be besides: not empty, one offset per record. Batches of the broker
 * itself need not: compaction leaves gaps. Source: Kafka `LogValidator.validateBatch`.
 * @param bytes a batch that `checkBatch` passed
 */
export function checkClientCounts(bytes: Uint8Array, at: number): ErrorCode {
  const count = recordsCountOf(bytes, at)
  const spanned = lastOffsetDeltaOf(bytes, at) + 1
  return count >= 1 && count === spanned ? ErrorCode.NONE : ErrorCode.INVALID_RECORD
}
