import {
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  batchSizeOf,
  checkBatch,
  checkClientCounts,
  checkRecordBytes,
  checkRecords,
  compressionOf,
  ErrorCode,
  hasLogAppendTime,
  isControlBatch,
  isTransactional,
  lastOffsetDeltaOf,
  maxTimestampOf,
  NO_TIMESTAMP,
  producerIdOf,
  recordBytesOf,
  RecordBatchView,
  recordsCountOf,
  type RecordRules,
} from '@pafka/protocol'

import { isCompacted, type LogConfig, NEVER } from '../config/log-config.ts'
import type { AppendOptions } from './append-result.ts'

const ANY_KEYS = { requireKeys: false }
const MUST_HAVE_KEYS = { requireKeys: true }

/**
 * Checks the batches of an append before anything is changed. One object for all logs of a store:
 * its fields are the result of the last `run`, so that a good append allocates nothing.
 */
export class AppendCheck {
  errorCode: ErrorCode = ErrorCode.NONE
  errorMessage: string | undefined
  /** Offsets that the batches take together. */
  offsets = 0
  batches = 0
  maxTimestampMs: number = NO_TIMESTAMP
  hasProducer = false
  /** Of the store, whatever a topic allows. */
  largestBatchBytes: number = Number.POSITIVE_INFINITY
  /** While the store takes nothing new, whoever appends: for people. Not looked at by `run`. */
  whyRefused: string | undefined

  /** @returns whether all of it may be appended, as far as the bytes themselves tell. */
  run(bytes: Uint8Array, config: LogConfig, options: AppendOptions, nowMs: number): boolean {
    this.errorCode = ErrorCode.NONE
    this.errorMessage = undefined
    this.offsets = 0
    this.batches = 0
    this.maxTimestampMs = NO_TIMESTAMP
    this.hasProducer = false
    if (bytes.length === 0) return this.#refuse(ErrorCode.INVALID_RECORD, 'no record batch')
    for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
      if (!this.#batch(bytes, at, config)) return false
      if (options.origin === 'client' && !this.#fromClient(bytes, at, options)) return false
      if (!this.#times(bytes, at, config, nowMs)) return false
      this.offsets += lastOffsetDeltaOf(bytes, at) + 1
      this.batches += 1
      this.maxTimestampMs = Math.max(this.maxTimestampMs, maxTimestampOf(bytes, at))
      if (producerIdOf(bytes, at) >= 0) this.hasProducer = true
    }
    if (bytes.length <= config.segmentBytes) return true
    return this.#refuse(ErrorCode.RECORD_LIST_TOO_LARGE, 'larger than segment.bytes')
  }

  /** Whether batches that were compressed anew are still small enough. */
  fits(bytes: Uint8Array, config: LogConfig): boolean {
    for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
      if (!this.#fits(batchSizeOf(bytes, at), config)) return false
    }
    return true
  }

  #fits(sizeBytes: number, { maxMessageBytes }: LogConfig): boolean {
    if (sizeBytes > maxMessageBytes) {
      return this.#refuse(ErrorCode.MESSAGE_TOO_LARGE, 'larger than max.message.bytes')
    }
    if (sizeBytes <= this.largestBatchBytes) return true
    const most = `${this.largestBatchBytes} bytes with this log.journal.max.bytes`
    const message = `larger than the journal takes, ${most}`
    return this.#refuse(ErrorCode.MESSAGE_TOO_LARGE, message)
  }

  #batch(bytes: Uint8Array, at: number, config: LogConfig): boolean {
    const code = checkBatch(bytes, at, bytes.length)
    if (code !== ErrorCode.NONE) return this.#refuse(code, 'the record batch is damaged')
    if (!this.#fits(batchSizeOf(bytes, at), config)) return false
    if (lastOffsetDeltaOf(bytes, at) < 0) {
      return this.#refuse(ErrorCode.INVALID_RECORD, 'the last offset is before the first')
    }
    const rules = isCompacted(config) && !isControlBatch(bytes, at) ? MUST_HAVE_KEYS : ANY_KEYS
    const records = checkRecords(bytes, at, rules) || checkCompressedKeys(bytes, at, rules)
    if (records === ErrorCode.NONE) return true
    return this.#refuse(
      records,
      rules.requireKeys
        ? 'bad records, or one without a key in a compacted topic'
        : 'the records are not as the batch says',
    )
  }

  #fromClient(bytes: Uint8Array, at: number, options: AppendOptions): boolean {
    if (baseOffsetOf(bytes, at) !== 0) {
      return this.#refuse(ErrorCode.INVALID_RECORD, 'the base offset must be 0')
    }
    if (checkClientCounts(bytes, at) !== ErrorCode.NONE) {
      return this.#refuse(ErrorCode.INVALID_RECORD, 'the record count is not that of the offsets')
    }
    if (isControlBatch(bytes, at)) {
      return this.#refuse(ErrorCode.INVALID_RECORD, 'clients may not write control records')
    }
    if (producerIdOf(bytes, at) >= 0 && baseSequenceOf(bytes, at) < 0) {
      return this.#refuse(ErrorCode.INVALID_RECORD, 'a producer id without a sequence')
    }
    if (isTransactional(bytes, at) && options.transactionVerified !== true) {
      return this.#refuse(ErrorCode.INVALID_TXN_STATE, 'the record is not part of a transaction')
    }
    if (hasLogAppendTime(bytes, at)) {
      return this.#refuse(ErrorCode.INVALID_TIMESTAMP, 'producers may not set log append time')
    }
    return true
  }

  /** Source: Kafka `LogValidator.recordHasInvalidTimestamp`, by the header's times. */
  #times(bytes: Uint8Array, at: number, config: LogConfig, nowMs: number): boolean {
    if (config.messageTimestampType === 'LogAppendTime') return true
    const maxMs = maxTimestampOf(bytes, at)
    if (maxMs !== NO_TIMESTAMP && maxMs - nowMs > config.messageTimestampAfterMaxMs) {
      return this.#refuse(ErrorCode.INVALID_TIMESTAMP, 'beyond message.timestamp.after.max.ms')
    }
    if (config.messageTimestampBeforeMaxMs === NEVER) return true
    const earliestMs = Math.min(maxMs, baseTimestampOf(bytes, at))
    if (earliestMs === NO_TIMESTAMP) return true
    if (nowMs - earliestMs <= config.messageTimestampBeforeMaxMs) return true
    return this.#refuse(ErrorCode.INVALID_TIMESTAMP, 'beyond message.timestamp.before.max.ms')
  }

  #refuse(code: ErrorCode, message: string): false {
    this.errorCode = code
    this.errorMessage = message
    return false
  }
}

/** A compressed batch is opened only where its keys matter. */
function checkCompressedKeys(bytes: Uint8Array, at: number, rules: RecordRules): ErrorCode {
  if (!rules.requireKeys || compressionOf(bytes, at) === 0) return ErrorCode.NONE
  try {
    const records = recordBytesOf(new RecordBatchView(bytes, at))
    const range = { from: 0, to: records.length, count: recordsCountOf(bytes, at) }
    return checkRecordBytes(records, range, rules)
  } catch {
    return ErrorCode.CORRUPT_MESSAGE
  }
}
