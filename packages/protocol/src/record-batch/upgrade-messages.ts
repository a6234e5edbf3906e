import { DecodeError } from '@pafka/base'

import { Compression, decompress } from '../compression/compression.ts'
import { mendLz4Header } from '../compression/lz4-header.ts'
import { batchSizeOf, CURRENT_MAGIC, magicOf } from './batch-header.ts'
import { wholeBatchSize } from './check-batch.ts'
import { isCompressedMessage, type OldMessage, readOldMessage } from './old-message.ts'
import { encodeRecordBatch } from './record-batch-builder.ts'

/** No other message comes to those that have so many bytes. */
const ENOUGH_BYTES = 1_000_000

/** What a batch of magic 2 has room for: an int32. */
const MOST_OFFSET_DELTA = 2 ** 31 - 1

/** What messages of older formats became. */
export interface UpgradedMessages {
  /** One batch of magic 2, without compression, with the same records. */
  readonly batch: Uint8Array
  /** Where the first of the messages starts that are not in it. */
  readonly endAt: number
}

/**
 * Messages of magic 0 and 1 as brokers up to 2.8 have them: those from `at` on that are not
 * compressed together, or the one compressed message that is there. Source: Kafka
 * `AbstractLegacyRecordBatch.java`.
 * @param bytes has a whole message of magic 0 or 1 at `at`
 * @param maxBytes the most that decompressing may give
 * @throws {DecodeError} when the first message is damaged, or what is in it
 */
export function upgradeMessages(bytes: Uint8Array, at: number, maxBytes: number): UpgradedMessages {
  if (!isCompressedMessage(bytes, at)) return upgradePlain(bytes, at)
  const wrapper = readOldMessage(bytes, at)
  const messages = messagesIn(wrapper, maxBytes)
  return { batch: batchOf(messages, wrapper.offset), endAt: at + batchSizeOf(bytes, at) }
}

function upgradePlain(bytes: Uint8Array, from: number): UpgradedMessages {
  const first = readOldMessage(bytes, from)
  const messages: OldMessage[] = [first]
  let at = from + batchSizeOf(bytes, from)
  while (at - from < ENOUGH_BYTES && isPlainMessage(bytes, at)) {
    const next = tryRead(bytes, at)
    // a damaged one is told when it is the first
    if (next === undefined || next.offset <= (messages.at(-1)?.offset ?? -1)) break
    if (next.offset - first.offset > MOST_OFFSET_DELTA) break
    messages.push(next)
    at += batchSizeOf(bytes, at)
  }
  return { batch: batchOf(messages, messages.at(-1)?.offset ?? 0), endAt: at }
}

function isPlainMessage(bytes: Uint8Array, at: number): boolean {
  if (wholeBatchSize(bytes, at, bytes.length) < 0) return false
  return magicOf(bytes, at) < CURRENT_MAGIC && !isCompressedMessage(bytes, at)
}

function tryRead(bytes: Uint8Array, at: number): OldMessage | undefined {
  try {
    return readOldMessage(bytes, at)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** With the offsets that they have in the log, and the timestamps that count. */
function messagesIn(wrapper: OldMessage, maxBytes: number): OldMessage[] {
  const { compression, magic, value, offset: lastOffset } = wrapper
  if (value === null) throw new DecodeError('a compressed message has nothing in it')
  // writers of magic 0 had another idea of this checksum than the format
  const isMended = magic === 0 && compression === Compression.lz4
  const bytes = decompress(compression, isMended ? mendLz4Header(value) : value, maxBytes)
  const messages: OldMessage[] = []
  for (let at = 0; at < bytes.length;) {
    const sizeBytes = wholeBatchSize(bytes, at, bytes.length)
    if (sizeBytes < 0) throw new DecodeError('a message in a compressed one is cut')
    const inner = readOldMessage(bytes, at)
    const isSame = inner.magic === magic && inner.compression === Compression.none
    if (!isSame) throw new DecodeError('a message in a compressed one is of another format')
    messages.push(inner)
    at += sizeBytes
  }
  const base = magic === 1 ? lastOffset - (messages.at(-1)?.offset ?? 0) : 0
  return messages.map((one) => {
    const timestamp = wrapper.hasLogAppendTime ? wrapper.timestamp : one.timestamp
    return { ...one, offset: base + one.offset, timestamp }
  })
}

/** @throws {DecodeError} when the offsets are no offsets of a log */
function batchOf(messages: readonly OldMessage[], lastOffset: number): Uint8Array {
  const [first] = messages
  if (first === undefined) throw new DecodeError('a compressed message has no others in it')
  const baseOffset = first.offset
  let before = -1
  const records = messages.map(({ offset, timestamp, key, value }) => {
    const offsetDelta = offset - baseOffset
    if (offsetDelta <= before) throw new DecodeError('offsets of messages do not rise')
    before = offsetDelta
    return { offsetDelta, timestamp, key, value }
  })
  const isLog = baseOffset >= 0 && baseOffset + before <= lastOffset
  const lastOffsetDelta = lastOffset - baseOffset
  if (!isLog || lastOffsetDelta > MOST_OFFSET_DELTA) {
    throw new DecodeError('messages have offsets that cannot be')
  }
  return encodeRecordBatch({ baseOffset, lastOffsetDelta, records })
}
