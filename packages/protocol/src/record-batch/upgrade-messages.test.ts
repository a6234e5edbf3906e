import { crc32 } from 'node:zlib'

import { DecodeError } from '@pafka/base'
import { expect, test } from 'vitest'

import { compress, type CompressionName, Compression } from '../compression/compression.ts'
import { readRecords, RecordBatchView } from './record-batch.ts'
import { upgradeMessages } from './upgrade-messages.ts'

const LOG_APPEND_TIME = 0x08
const MOST_BYTES = 1_000_000
const MAGICS = [0, 1] as const
const CODECS = ['gzip', 'snappy', 'lz4'] as const

interface MessageWish {
  readonly magic: 0 | 1
  readonly offset: number
  readonly value: Uint8Array | null
  readonly key?: Uint8Array | null
  readonly timestamp?: number
  readonly attributes?: number
}

function sized(bytes: Uint8Array | null): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes?.length ?? -1)
  return Buffer.concat([size, bytes ?? Buffer.of()])
}

/** One message, as Kafka's protocol guide has it. */
function message(wish: MessageWish): Buffer {
  const { magic, offset, value, key = null, timestamp = 1000 + offset, attributes = 0 } = wish
  const time = Buffer.alloc(8)
  time.writeBigInt64BE(BigInt(timestamp))
  const parts = [Buffer.of(magic, attributes), magic === 1 ? time : Buffer.of()]
  const body = Buffer.concat([...parts, sized(key), sized(value)])
  const head = Buffer.alloc(16)
  head.writeBigInt64BE(BigInt(offset))
  head.writeInt32BE(4 + body.length, 8)
  head.writeUInt32BE(crc32(body), 12)
  return Buffer.concat([head, body])
}

function plain(magic: 0 | 1, offset: number, text: string): Buffer {
  return message({ magic, offset, value: Buffer.from(text), key: Buffer.from(`k${text}`) })
}

/** A compressed message with others; in magic 0 they have offsets of the log, in 1 their own. */
function wrapped(magic: 0 | 1, codec: CompressionName, more: Partial<MessageWish> = {}): Buffer {
  const inner = ['a', 'b', 'c'].map((text, at) => plain(magic, magic === 0 ? 7 + at : at, text))
  const { attributes = 0 } = more
  const value = compress(codec, Buffer.concat(inner))
  const all = attributes | Compression[codec]
  return message({ magic, offset: 9, value, ...more, attributes: all })
}

type Seen = readonly [
  offset: number,
  timestamp: number,
  key?: string | undefined,
  value?: string | undefined,
]

interface Upgraded {
  readonly records: readonly Seen[]
  readonly nextOffset: number
  readonly endAt: number
}

function upgraded(bytes: Uint8Array, at = 0): Upgraded {
  const { batch, endAt } = upgradeMessages(bytes, at, MOST_BYTES)
  const view = new RecordBatchView(batch, 0)
  expect(view.valid).toBe(true)
  const text = (part: Uint8Array | null): string | undefined =>
    part === null ? undefined : Buffer.from(part).toString()
  const records = [...readRecords(view)].map(
    ({ offset, timestamp, key, value }) => [offset, timestamp, text(key), text(value)] as const,
  )
  return { records, nextOffset: view.nextOffset, endAt }
}

test.each(MAGICS)('plain messages of magic %i, with gaps that compaction left', (magic) => {
  const messages = [plain(magic, 3, 'a'), plain(magic, 5, 'b')]
  const none = message({ magic, offset: 8, value: null, timestamp: 7 })
  const bytes = Buffer.concat([...messages, none])
  expect(upgraded(bytes)).toEqual({
    records: [
      [3, magic === 0 ? -1 : 1003, 'ka', 'a'],
      [5, magic === 0 ? -1 : 1005, 'kb', 'b'],
      [8, magic === 0 ? -1 : 7, undefined, undefined],
    ],
    ...{ nextOffset: 9, endAt: bytes.length },
  })
})

test.each(MAGICS.flatMap((magic) => CODECS.map((codec) => [magic, codec] as const)))(
  'a compressed message of magic %i: %s',
  (magic, codec) => {
    const bytes = wrapped(magic, codec)
    const times = magic === 0 ? [-1, -1, -1] : [1000, 1001, 1002]
    expect(upgraded(bytes)).toEqual({
      records: [
        [7, times[0], 'ka', 'a'],
        [8, times[1], 'kb', 'b'],
        [9, times[2], 'kc', 'c'],
      ],
      ...{ nextOffset: 10, endAt: bytes.length },
    })
  },
)

test('what a broker stamped has its time, whatever is in it', () => {
  const bytes = wrapped(1, 'gzip', { attributes: LOG_APPEND_TIME, timestamp: 5555 })
  expect(upgraded(bytes).records.map(([, timestamp]) => timestamp)).toEqual([5555, 5555, 5555])
})

test('an lz4 header whose checksum has the magic in it, as only magic 0 may have it', () => {
  const frame = compress('lz4', plain(0, 9, 'a'))
  const checksumAt = ((frame[4] ?? 0) & 0x08) === 0 ? 6 : 14
  const broken = Buffer.from(frame)
  broken[checksumAt] = (broken[checksumAt] ?? 0) ^ 0xff
  const of = (magic: 0 | 1): Buffer =>
    message({ magic, offset: 9, value: broken, attributes: Compression.lz4 })
  expect(upgraded(of(0)).records).toEqual([[9, -1, 'ka', 'a']])
  expect(() => upgraded(of(1))).toThrow(DecodeError)
})

test('messages that are not compressed are one batch, up to one that is', () => {
  const first = Buffer.concat([plain(1, 5, 'x'), plain(0, 6, 'y')])
  const bytes = Buffer.concat([first, wrapped(1, 'gzip'), plain(1, 10, 'z')])
  const one = upgraded(bytes)
  expect([one.records.length, one.nextOffset, one.endAt]).toEqual([2, 7, first.length])
  const two = upgraded(bytes, one.endAt)
  expect([two.records.length, two.nextOffset]).toEqual([3, 10])
  expect(upgraded(bytes, two.endAt).records).toEqual([[10, 1010, 'kz', 'z']])
})

test('messages that are too far apart for one batch are two', () => {
  const first = plain(1, 0, 'a')
  const bytes = Buffer.concat([first, plain(1, 2 ** 31, 'b')])
  expect(upgraded(bytes)).toMatchObject({ nextOffset: 1, endAt: first.length })
  expect(upgraded(bytes, first.length)).toMatchObject({ nextOffset: 2 ** 31 + 1 })
})

test('what is before a damaged message is there; the damaged one is told', () => {
  const before = plain(1, 0, 'a')
  const damaged = plain(1, 1, 'b')
  damaged[damaged.length - 1] = 0x7a
  const bytes = Buffer.concat([before, damaged])
  expect(upgraded(bytes)).toMatchObject({ nextOffset: 1, endAt: before.length })
  expect(() => upgraded(bytes, before.length)).toThrow('a message of magic 1 is damaged')
})

test('no flipped byte behind the offset and the size goes unnoticed', () => {
  const sound = wrapped(1, 'gzip')
  for (let at = 12; at < sound.length; at++) {
    const damaged = Buffer.from(sound)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    // a magic of 17 is not one of these
    expect(() => upgraded(damaged), `byte ${at}`).toThrow(DecodeError)
  }
})

test.each<[string, Partial<MessageWish>]>([
  ['nothing in it', { value: null }],
  ['no others in it', { value: compress('gzip', Buffer.of()) }],
  ['in a compressed one is cut', { value: compress('gzip', plain(1, 0, 'a').subarray(0, 20)) }],
  ['another format', { value: compress('gzip', plain(0, 0, 'a')) }],
  ['another format', { value: compress('gzip', wrapped(1, 'gzip')) }],
  ['do not rise', { value: compress('gzip', Buffer.concat([plain(1, 1, 'a'), plain(1, 1, 'b')])) }],
  ['cannot be', { value: compress('gzip', plain(1, 0, 'a')), offset: -5 }],
])('a compressed message that is none: %s', (text, more) => {
  expect(() => upgraded(wrapped(1, 'gzip', more))).toThrow(text)
})

test('a message that says more of itself than it is', () => {
  const bytes = plain(0, 0, 'a')
  bytes.writeInt32BE(2 ** 30, 18) // the size of its key
  bytes.writeUInt32BE(crc32(bytes.subarray(16)), 12)
  expect(() => upgraded(bytes)).toThrow('a message is not as long as it says')
})

test('what would be too much is not decompressed', () => {
  const bytes = wrapped(1, 'gzip')
  expect(() => upgradeMessages(bytes, 0, 20)).toThrow('larger than is allowed')
})
