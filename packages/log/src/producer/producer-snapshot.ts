import { crc32c, int64At, setInt64At } from '@pafka/protocol'

import { NO_EPOCH, type ProducerBatch, ProducerEntry } from './producer-entry.ts'
import type { ProducerStates } from './producer-states.ts'

/**
 * Producer state in Kafka's file format. Source: ProducerSnapshot.json and Kafka
 * `ProducerStateManager.java`: int16 version, uint32 CRC32C of all that follows, int32 number of
 * entries, entries. An entry has room for one batch. Kafka writes only the last of each producer;
 * here each that is remembered is an entry of its own, oldest first, so that a restart forgets
 * none. Kafka reads that too: of several entries it takes the last.
 */
const VERSION = 1
const CRC_AT = 2
const COUNT_AT = 6
const ENTRIES_AT = 10
const ENTRY_BYTES = 46

interface Row {
  readonly entry: ProducerEntry
  readonly epoch: number
  readonly batch: ProducerBatch | undefined
}

/** @param endOffset the state is that of batches before it; all, unless said otherwise. */
export function encodeProducerSnapshot(
  producers: ProducerStates,
  endOffset: number = Number.POSITIVE_INFINITY,
): Buffer {
  const { transactions } = producers
  const firstOffsetOf = ({ producerId }: ProducerEntry): number =>
    transactions.firstOffsetAt(producerId, endOffset)
  const rows = producers.entries().flatMap((entry) => {
    const found = rowsOf(entry, endOffset)
    if (found.length > 0 || firstOffsetOf(entry) < 0) return found
    // all that is remembered came after, but not the beginning of its transaction
    return [{ entry, epoch: NO_EPOCH, batch: undefined }]
  })
  const bytes = Buffer.alloc(ENTRIES_AT + rows.length * ENTRY_BYTES)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(rows.length, COUNT_AT)
  let at = ENTRIES_AT
  for (const { entry, epoch, batch } of rows) {
    setInt64At(bytes, at, entry.producerId)
    bytes.writeInt16BE(epoch, at + 8)
    bytes.writeInt32BE(batch?.lastSequence ?? -1, at + 10)
    setInt64At(bytes, at + 14, batch?.lastOffset ?? -1)
    bytes.writeInt32BE(batch?.offsetDelta ?? 0, at + 22)
    const timestampMs = batch === entry.lastBatch ? entry.lastTimestampMs : batch?.timestampMs
    setInt64At(bytes, at + 26, timestampMs ?? -1)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    setInt64At(bytes, at + 38, firstOffsetOf(entry))
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32c(bytes, COUNT_AT), CRC_AT)
  return bytes
}

function rowsOf(entry: ProducerEntry, endOffset: number): Row[] {
  const { epoch } = entry
  if (entry.isEmpty) return [{ entry, epoch, batch: undefined }]
  return entry.batchesBefore(endOffset).map((batch) => ({ entry, epoch, batch }))
}

/** Undefined for a damaged file or another version. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return undefined
  if (crc32c(bytes, COUNT_AT) !== bytes.readUInt32BE(CRC_AT)) return undefined
  const count = bytes.readInt32BE(COUNT_AT)
  if (bytes.length !== ENTRIES_AT + count * ENTRY_BYTES) return undefined
  const entries = new Map<number, ProducerEntry>()
  for (let at = ENTRIES_AT; at < bytes.length; at += ENTRY_BYTES) {
    const producerId = int64At(bytes, at)
    const entry =
      entries.get(producerId) ?? new ProducerEntry(producerId, bytes.readInt16BE(at + 8))
    entries.set(producerId, entry)
    decodeRow(bytes, at, entry)
  }
  return [...entries.values()]
}

function decodeRow(bytes: Buffer, at: number, entry: ProducerEntry): void {
  const lastSequence = bytes.readInt32BE(at + 10)
  const timestampMs = int64At(bytes, at + 26)
  if (lastSequence >= 0) {
    const lastOffset = int64At(bytes, at + 14)
    const offsetDelta = bytes.readInt32BE(at + 22)
    const epoch = bytes.readInt16BE(at + 8)
    entry.add(epoch, { lastSequence, lastOffset, offsetDelta, timestampMs })
  }
  entry.lastTimestampMs = timestampMs
  entry.coordinatorEpoch = bytes.readInt32BE(at + 34)
  entry.transactionFirstOffset = int64At(bytes, at + 38)
}
