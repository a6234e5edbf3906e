import { BufferPool, MIB, type Random, seededRandom } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  encodeRecordBatch,
  type RecordInput,
  readBatches,
  readRecords,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { bytes } from '../serde/bytes.ts'
import { json } from '../serde/json.ts'
import { utf8 } from '../serde/utf8.ts'
import { KeyBytes, RecordSlab } from './record-slab.ts'

const MOST_BYTES = 1_000_000

function pool(): BufferPool {
  return new BufferPool({
    clock: new ManualClock(),
    smallestBytes: 1024,
    largestBytes: MIB,
    limitBytes: 4 * MIB,
    idleMs: 1000,
  })
}

function lengthOf(random: Random): number {
  return random.below([2, 70, 9000, 40_000][random.below(4)] ?? 1)
}

function randomRecord(random: Random): RecordInput {
  const headers = Array.from({ length: random.below(8) === 0 ? random.below(4) : 0 }, () => ({
    key: 'schlüssel'.repeat(random.below(30)),
    value: random.below(4) === 0 ? null : random.bytes(lengthOf(random)),
  }))
  return {
    timestamp: 1_700_000_000_000 + random.below(100_000) - 50_000,
    key: random.below(3) === 0 ? null : random.bytes(random.below(200)),
    value: random.below(8) === 0 ? null : random.bytes(lengthOf(random)),
    headers,
  }
}

/** All but the header, which is for who sends it. */
function recordsOf(batch: Uint8Array): Buffer {
  return Buffer.from(batch.subarray(BATCH_HEADER_BYTES))
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('records are as those of a batch builder, seed %i', (seed) => {
  const random = seededRandom(seed)
  const records = Array.from({ length: 40 }, () => randomRecord(random))
  const slab = new RecordSlab(pool(), 1024)
  const key = new KeyBytes()
  for (const { timestamp, key: keyBytes, value, headers } of records) {
    key.encode(keyBytes, bytes())
    expect(slab.append({ timestamp, key, headers }, value, bytes(), MOST_BYTES * 10)).toBe(true)
  }
  expect(recordsOf(slab.view())).toEqual(recordsOf(encodeRecordBatch({ records })))
  expect([slab.recordsCount, slab.baseTimestamp]).toEqual([40, records[0]?.timestamp])
  expect(slab.maxTimestamp).toBe(Math.max(...records.map(({ timestamp }) => timestamp)))
})

test.each([
  '',
  'a',
  'x'.repeat(23),
  'ü',
  'x'.repeat(24) + 'ü',
  '€'.repeat(5000),
  'a'.repeat(60_000),
])('text is UTF-8, however long: %#', (text) => {
  const slab = new RecordSlab(pool(), 1024)
  const key = new KeyBytes()
  for (const value of ['first', text, 'last']) {
    key.encode(value, utf8())
    slab.append({ timestamp: 1, key }, value, utf8(), MOST_BYTES)
  }
  const timestamp = 1
  const records = ['first', text, 'last'].map((value) => ({
    ...{ timestamp, key: Buffer.from(value), value: Buffer.from(value) },
  }))
  expect(recordsOf(slab.view())).toEqual(recordsOf(encodeRecordBatch({ records })))
})

test('a record that does not fit leaves the batch as it was, unless it is the first', () => {
  const slab = new RecordSlab(pool(), 1024)
  const key = new KeyBytes()
  key.encode(null, utf8())
  expect(slab.append({ timestamp: 1, key }, 'x'.repeat(3000), utf8(), 2000)).toBe(true)
  const before = recordsOf(slab.view())
  expect(slab.append({ timestamp: 2, key }, 'y', utf8(), 2000)).toBe(false)
  expect([recordsOf(slab.view()), slab.recordsCount, slab.maxTimestamp]).toEqual([before, 1, 1])
})

test('a value that cannot be encoded leaves the batch as it was', () => {
  const slab = new RecordSlab(pool(), 1024)
  const key = new KeyBytes()
  key.encode('k', utf8())
  slab.append({ timestamp: 1, key }, { a: 1 }, json(), MOST_BYTES)
  const before = recordsOf(slab.view())
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(() => slab.append({ timestamp: 2, key }, cyclic, json(), MOST_BYTES)).toThrow('circular')
  expect(() => slab.append({ timestamp: 2, key }, undefined, json(), MOST_BYTES)).toThrow('JSON')
  slab.append({ timestamp: 1, key }, { a: 1 }, json(), MOST_BYTES)
  expect([slab.recordsCount, recordsOf(slab.view()).subarray(0, before.length)]).toEqual([
    2,
    before,
  ])
})

test('an encoder that writes in parts writes one value', () => {
  const slab = new RecordSlab(pool(), 1024)
  const key = new KeyBytes()
  const parts = {
    encode(value: readonly string[], sink: { text(value: string): void }) {
      for (const part of value) sink.text(part)
    },
  }
  key.encode(['a', 'b'], parts)
  slab.append({ timestamp: 1, key }, ['some ', 'x'.repeat(5000), '!'], parts, MOST_BYTES)
  const batch = slab.view()
  const whole = encodeRecordBatch({
    records: [
      { timestamp: 1, key: Buffer.from('ab'), value: Buffer.from(`some ${'x'.repeat(5000)}!`) },
    ],
  })
  expect(recordsOf(batch)).toEqual(recordsOf(whole))
  expect([...readBatches(whole)].flatMap((one) => [...readRecords(one)])).toHaveLength(1)
})
