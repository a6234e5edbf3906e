import { expect, test } from 'vitest'

import { ConsumerRecord } from './consumer-record.ts'
import { KeyLines, type RunBatch, type RunRecord } from './key-lines.ts'

const BYTES = { encode: () => {}, decode: () => null }
const SOURCE = { topic: 't', partition: 0, key: BYTES, value: BYTES }
const NOTHING = {
  ...{ keyAt: 0, keyLength: -1, valueAt: 0, valueLength: -1, headersAt: 0, headersCount: 0 },
}

function batchOf(sizeBytes: number): RunBatch {
  return {
    records: { lastOffset: 9, recordsCount: 10, sizeBytes, next: () => undefined },
    waiting: 0,
  }
}

function recordOf(offset: number, key: string | null, batch: RunBatch): RunRecord<null, null> {
  const record = new ConsumerRecord(SOURCE, Buffer.of(), { offset, timestamp: 0 }, NOTHING)
  return { record, batch, key }
}

function offsetOf(one: RunRecord<null, null> | undefined): number | undefined {
  return one?.record.offset
}

test('records of a key wait for one another, those without a key, too', () => {
  const lines = new KeyLines<null, null>(10)
  const batch = batchOf(1)
  const keys = ['a', 'a', 'b', null, null, 'a']
  const atOnce = keys.map((key, offset) => lines.add(recordOf(offset, key, batch)))
  expect(atOnce).toEqual([true, false, true, true, false, false])
  expect([offsetOf(lines.next()), lines.firstOffsetOf(SOURCE)]).toEqual([undefined, 1])
  lines.ended('a')
  lines.ended('b')
  lines.ended(null)
  expect([offsetOf(lines.next()), offsetOf(lines.next())]).toEqual([1, 4])
  expect([offsetOf(lines.next()), lines.firstOffsetOf(SOURCE)]).toEqual([undefined, 5])
  expect(lines.add(recordOf(6, 'b', batch))).toBe(true)
  lines.ended('a')
  expect([offsetOf(lines.next()), lines.firstOffsetOf(SOURCE)]).toEqual([5, undefined])
})

test('so many records wait, and no more', () => {
  const lines = new KeyLines<null, null>(2)
  const batch = batchOf(1)
  lines.add(recordOf(0, 'a', batch))
  lines.add(recordOf(1, 'a', batch))
  expect([lines.isFull, lines.wantsBatch]).toEqual([false, true])
  lines.add(recordOf(2, 'a', batch))
  expect([lines.isFull, lines.wantsBatch]).toEqual([true, false])
  lines.ended('a')
  lines.next()
  expect([lines.isFull, lines.wantsBatch]).toEqual([false, true])
})

test('a batch is held while one of its records waits, and only so many bytes are', () => {
  const lines = new KeyLines<null, null>(100)
  const first = batchOf(1_500_000)
  const second = batchOf(600_000)
  lines.add(recordOf(0, 'a', first))
  lines.add(recordOf(1, 'a', first))
  lines.add(recordOf(2, 'a', first))
  expect(lines.wantsBatch).toBe(true)
  lines.add(recordOf(3, 'a', second))
  expect([lines.wantsBatch, lines.isFull]).toEqual([false, false])
  lines.ended('a')
  lines.next()
  expect(lines.wantsBatch).toBe(false)
  lines.ended('a')
  lines.next()
  expect(lines.wantsBatch).toBe(true)
})

test('after a clearance only those that are being handled have others wait for them', () => {
  const lines = new KeyLines<null, null>(2)
  const batch = batchOf(2_000_000)
  for (const [offset, key] of ['a', 'b', 'a', 'b'].entries()) {
    lines.add(recordOf(offset, key, batch))
  }
  lines.ended('a')
  lines.clear()
  expect([lines.isFull, lines.wantsBatch, lines.firstOffsetOf(SOURCE)]).toEqual([
    false,
    true,
    undefined,
  ])
  expect(lines.add(recordOf(2, 'a', batch))).toBe(true)
  expect(lines.add(recordOf(3, 'b', batch))).toBe(false)
  lines.ended('b')
  expect(offsetOf(lines.next())).toBe(3)
})
