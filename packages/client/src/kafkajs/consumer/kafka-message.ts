import type { ConsumerRecord } from '../../consumer/consumer-record.ts'
import type { MessageHeaders, KafkaMessage } from '../topic-types.ts'

const MAGIC = 2

/** Beside what the types say: programs that print a message print these. */
interface PrintedMessage {
  magicByte: number
  isControlRecord: boolean
}

/** Offsets and times are text, and bytes are views of the batch that was fetched. */
export function messageOf(record: ConsumerRecord<unknown, unknown>): KafkaMessage {
  const { offset, timestamp, keyBytes, valueBytes } = record
  const message: KafkaMessage & PrintedMessage = {
    magicByte: MAGIC,
    attributes: 0,
    timestamp: String(timestamp),
    offset: String(offset),
    key: bufferOf(keyBytes),
    value: bufferOf(valueBytes),
    headers: headersOf(record),
    isControlRecord: false,
  }
  return message
}

function headersOf({ headers }: ConsumerRecord<unknown, unknown>): MessageHeaders {
  const byName = new Map<string, (Buffer | null)[]>()
  for (const [name, bytes] of headers) {
    const own = byName.get(name)
    if (own === undefined) byName.set(name, [bufferOf(bytes)])
    else own.push(bufferOf(bytes))
  }
  const single = [...byName].map(([name, own]) => [name, own.length === 1 ? own[0] : own])
  // a null is told as it is, though the types do not have it
  return Object.fromEntries(single) as MessageHeaders
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null) return null
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
