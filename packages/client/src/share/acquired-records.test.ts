import { encodeEndTransactionMarker, encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { utf8 } from '../serde/utf8.ts'
import { type AcquiredRange, AcquiredRecords } from './acquired-records.ts'

const source = { topic: 't', partition: 3, key: utf8(), value: utf8() }

/** Records from that offset on, which are their own values. */
function batchOf(at: number, count: number): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => {
    return { timestamp: 1000, key: null, value: Buffer.from(`${at + index}`) }
  })
  return encodeRecordBatch({ baseOffset: at, records })
}

function range(firstOffset: number, lastOffset: number, deliveryCount = 1): AcquiredRange {
  return { firstOffset, lastOffset, deliveryCount }
}

function given(batches: readonly Uint8Array[], acquired: readonly AcquiredRange[]) {
  const records = new AcquiredRecords(Buffer.concat(batches), acquired, source)
  const offsets: string[] = []
  const gaps: string[] = []
  for (let one = records.next(); one !== undefined; one = records.next()) {
    offsets.push(`${one.record.offset}x${one.deliveryCount}`)
    gaps.push(...records.takeGaps().map(textOf))
  }
  gaps.push(...records.takeGaps().map(textOf))
  const { isDone, rest } = records
  return { isDone, offsets: offsets.join(' '), gaps, rest: rest.map(textOf) }
}

function textOf({ firstOffset, lastOffset }: { firstOffset: number; lastOffset: number }): string {
  return `${firstOffset}-${lastOffset}`
}

test('of whole batches only what is acquired is given, with how often that was', () => {
  const batches = [batchOf(0, 4), batchOf(4, 4)]
  expect(given(batches, [range(1, 2), range(3, 5, 3)])).toEqual({
    ...{ offsets: '1x1 2x1 3x3 4x3 5x3', gaps: [], rest: [], isDone: true },
  })
})

test('what is acquired and is not there is a gap', () => {
  const marker = encodeEndTransactionMarker({
    ...{ baseOffset: 5, producerId: 7, commit: true, producerEpoch: 0 },
    ...{ coordinatorEpoch: 0, timestamp: 1 },
  })
  const batches = [batchOf(2, 2), marker, batchOf(8, 1)]
  expect(given(batches, [range(0, 8)])).toMatchObject({
    ...{ offsets: '2x1 3x1 8x1', gaps: ['0-1', '4-7'], rest: [] },
  })
  expect(given([batchOf(2, 2), marker], [range(2, 5)])).toMatchObject({
    ...{ offsets: '2x1 3x1', gaps: ['4-5'], rest: [] },
  })
})

test('of what comes after the bytes nobody knows whether it is a gap', () => {
  const cut = batchOf(4, 4).subarray(0, 50)
  expect(given([batchOf(0, 4), cut], [range(0, 7)])).toMatchObject({
    ...{ offsets: '0x1 1x1 2x1 3x1', gaps: [], rest: ['4-7'], isDone: true },
  })
  expect(given([], [range(0, 7)])).toMatchObject({ offsets: '', gaps: [], rest: ['0-7'] })
})

test('what was not given yet is known at any time', () => {
  const records = new AcquiredRecords(batchOf(0, 4), [range(0, 1), range(3, 3)], source)
  records.next()
  expect(records.rest.map(textOf)).toEqual(['1-1', '3-3'])
  records.next()
  expect(records.rest.map(textOf)).toEqual(['3-3'])
  expect(records.isDone).toBe(false)
})

test('ranges in any order are read; those that end before they begin are not', () => {
  expect(given([batchOf(0, 6)], [range(4, 5), range(3, 2), range(0, 1)])).toMatchObject({
    ...{ offsets: '0x1 1x1 4x1 5x1', gaps: [], rest: [] },
  })
  // no more work than there are records, however long a range says it is
  expect(given([batchOf(0, 2)], [range(0, 2 ** 53 - 1)])).toMatchObject({
    ...{ offsets: '0x1 1x1', rest: [`2-${2 ** 53 - 1}`] },
  })
})

test('damaged bytes are told', () => {
  const bytes = batchOf(0, 2)
  bytes[30] = (bytes[30] ?? 0) ^ 1
  const records = new AcquiredRecords(bytes, [range(0, 1)], source)
  expect(() => records.next()).toThrow('a batch is damaged')
})
