import { crc32, gzipSync } from 'node:zlib'

import { encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FetchedRecords } from '../src/consumer/fetched-records.ts'
import { utf8 } from '../src/index.ts'

const SOURCE = { topic: 't', partition: 0, key: utf8(), value: utf8() }
const GZIP = 1

/** A message of magic 1 without a key, as brokers up to 2.8 may have it in their logs. */
function message(offset: number, value: string | Buffer, attributes = 0): Buffer {
  const bytes = Buffer.alloc(34)
  bytes.writeBigInt64BE(BigInt(offset))
  bytes.writeInt8(1, 16)
  bytes.writeInt8(attributes, 17)
  bytes.writeBigInt64BE(BigInt(1000 + offset), 18)
  bytes.writeInt32BE(-1, 26)
  bytes.writeInt32BE(value.length, 30)
  const whole = Buffer.concat([bytes, Buffer.from(value)])
  whole.writeInt32BE(whole.length - 12, 8)
  whole.writeUInt32BE(crc32(whole.subarray(16)), 12)
  return whole
}

const PLAIN = [message(4, 'a'), message(5, 'b')]
const COMPRESSED = message(8, gzipSync(Buffer.concat(['c', 'd', 'e'].map(inner))), GZIP)
const NEWER = encodeRecordBatch({
  baseOffset: 9,
  records: [{ timestamp: 1009, key: null, value: Buffer.from('f') }],
})

function inner(value: string, at: number): Buffer {
  return message(at, value)
}

function textsIn(fetched: FetchedRecords): string[] {
  const texts: string[] = []
  for (let batch = fetched.next(); batch !== undefined; batch = fetched.next()) {
    for (let one = batch.next(SOURCE); one !== undefined; one = batch.next(SOURCE)) {
      texts.push(`${one.offset} ${one.value} ${one.key} ${one.headers.length}`)
    }
  }
  return texts
}

test('a log that begins in an older format is read like any other', () => {
  const bytes = Buffer.concat([...PLAIN, COMPRESSED, NEWER])
  const fetched = new FetchedRecords(bytes, 0, [])
  expect(fetched.endOffset).toBe(10)
  const texts = ['4 a', '5 b', '6 c', '7 d', '8 e', '9 f'].map((one) => `${one} null 0`)
  expect(textsIn(fetched)).toEqual(texts)
  expect(fetched.nextOffset).toBe(10)
  // once more, from the midst of what is compressed
  expect(textsIn(fetched.again(7))).toEqual(texts.slice(3))
})

test('a message that is cut is left for the next fetch, a damaged one is told', () => {
  const cut = new FetchedRecords(Buffer.concat([...PLAIN, COMPRESSED.subarray(0, 50)]), 5, [])
  expect(cut.endOffset).toBe(6)
  expect(textsIn(cut)).toEqual(['5 b null 0'])
  const damaged = Buffer.from(COMPRESSED)
  damaged[40] = ~(damaged[40] ?? 0)
  const fetched = new FetchedRecords(Buffer.concat([...PLAIN, damaged]), 0, [])
  expect(fetched.next()?.lastOffset).toBe(5)
  expect(() => fetched.next()).toThrow('a message of magic 1 is damaged')
  expect(fetched.nextOffset).toBe(6)
})
