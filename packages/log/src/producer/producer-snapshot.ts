import { crc32c } from '@pafka/protocol'

import { ProducerEntry } from './producer-entry.ts'

/**
 * Producer state in Kafka's file format. Source: ProducerSnapshot.json and Kafka
 * `ProducerStateManager.java`: int16 version, uint32 CRC32C of all that follows, int32 number of
 * entries, entries. Of each producer only the last batch is kept.
 */
const VERSION = 1
const CRC_AT = 2
const COUNT_AT = 6
const ENTRIES_AT = 10
const ENTRY_BYTES = 46

export function encodeProducerSnapshot(entries: readonly ProducerEntry[]): Buffer {
  const bytes = Buffer.alloc(ENTRIES_AT + entries.length * ENTRY_BYTES)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(entries.length, COUNT_AT)
  let at = ENTRIES_AT
  for (const entry of entries) {
    const last = entry.lastBatch
    bytes.writeBigInt64BE(BigInt(entry.producerId), at)
    bytes.writeInt16BE(entry.epoch, at + 8)
    bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
    bytes.writeBigInt64BE(BigInt(last?.lastOffset ?? -1), at + 14)
    bytes.writeInt32BE(last?.offsetDelta ?? 0, at + 22)
    bytes.writeBigInt64BE(BigInt(entry.lastTimestampMs), at + 26)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    bytes.writeBigInt64BE(BigInt(entry.transactionFirstOffset), at + 38)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32c(bytes, COUNT_AT), CRC_AT)
  return bytes
}

/** Undefined for a damaged file or another version. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return undefined
  if (crc32c(bytes, COUNT_AT) !== bytes.readUInt32BE(CRC_AT)) return undefined
  const count = bytes.readInt32BE(COUNT_AT)
  if (bytes.length !== ENTRIES_AT + count * ENTRY_BYTES) return undefined
  const entries: ProducerEntry[] = []
  for (let at = ENTRIES_AT; at < bytes.length; at += ENTRY_BYTES) {
    entries.push(decodeEntry(bytes, at))
  }
  return entries
}

function decodeEntry(bytes: Buffer, at: number): ProducerEntry {
  const entry = new ProducerEntry(Number(bytes.readBigInt64BE(at)), bytes.readInt16BE(at + 8))
  const lastSequence = bytes.readInt32BE(at + 10)
  const timestampMs = Number(bytes.readBigInt64BE(at + 26))
  if (lastSequence >= 0) {
    const lastOffset = Number(bytes.readBigInt64BE(at + 14))
    const offsetDelta = bytes.readInt32BE(at + 22)
    entry.add(entry.epoch, { lastSequence, lastOffset, offsetDelta, timestampMs })
  }
  entry.lastTimestampMs = timestampMs
  entry.coordinatorEpoch = bytes.readInt32BE(at + 34)
  entry.transactionFirstOffset = Number(bytes.readBigInt64BE(at + 38))
  return entry
}
