// As a namespace: Node before 22.15 has no zstd, and must still load this file.
import * as zlib from 'node:zlib'

import { DecodeError, KIB, MIB } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  compress,
  Compression,
  compressionName,
  recordBytesOf,
  type RecordBatchView,
} from '@pafka/protocol'

/**
 * Larger ones of gzip and zstd go to a thread of their own: a MiB of either takes tens of
 * milliseconds, of lz4 and snappy, which have no threads, a few.
 */
const LARGEST_ON_THREAD_BYTES = 32 * KIB
/** As `readRecords` bounds it. */
const MAX_DECOMPRESSED_BYTES = 128 * MIB

type Done = (error: Error | null, bytes: Buffer) => void

/** The bytes of a batch's records, decompressed. Throws, or rejects with, DecodeError. */
export function openRecords(batch: RecordBatchView): Uint8Array | Promise<Uint8Array> {
  if (batch.recordsCount === 0) return EMPTY
  const { compression, sizeBytes } = batch
  if (!isForThread(compression, sizeBytes)) return recordBytesOf(batch)
  const stored = batch.slice().subarray(BATCH_HEADER_BYTES)
  const limits = { maxOutputLength: MAX_DECOMPRESSED_BYTES }
  return offThread((done) => {
    if (compression === Compression.gzip) zlib.gunzip(stored, limits, done)
    else zlib.zstdDecompress(stored, limits, done)
  })
}

/** @param compression the codec's number in the batch that they are for */
export function closeRecords(
  compression: number,
  records: Uint8Array,
): Uint8Array | Promise<Uint8Array> {
  if (!isForThread(compression, records.length)) {
    return compress(compressionName(compression) ?? 'none', records)
  }
  return offThread((done) => {
    if (compression === Compression.gzip) zlib.gzip(records, done)
    else zlib.zstdCompress(records, done)
  })
}

function isForThread(compression: number, bytes: number): boolean {
  const hasThreads = compression === Compression.gzip || compression === Compression.zstd
  return hasThreads && bytes > LARGEST_ON_THREAD_BYTES
}

function offThread(start: (done: Done) => void): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  start((error, bytes) => {
    if (error === null) resolve(bytes)
    else reject(new DecodeError('a batch cannot be decompressed', { cause: error }))
  })
  return promise
}

const EMPTY = new Uint8Array(0)
