import { encodeEndTransactionMarker, encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { utf8 } from '../serde/utf8.ts'
import { FetchedRecords } from './fetched-records.ts'
import { PartitionReader } from './partition-reader.ts'

const source = { topic: 't', partition: 0, key: utf8(), value: utf8() }

function bytesOf(baseOffset: number, count: number, producerId = -1): Uint8Array {
  const records = Array.from({ length: count }, (_, at) => {
    return { timestamp: 0, key: null, value: Buffer.from(String(baseOffset + at)) }
  })
  return encodeRecordBatch({ baseOffset, producerId, transactional: producerId >= 0, records })
}

/** Two fetches of three records each. */
function filled(keepsTaken: boolean): PartitionReader {
  const reader = new PartitionReader('t', 0)
  reader.keepsTaken = keepsTaken
  reader.seek(0)
  reader.add(0, new FetchedRecords(bytesOf(0, 3), 0, []))
  reader.add(3, new FetchedRecords(bytesOf(3, 3), 3, []))
  return reader
}

/** All that is there now. */
function taken(reader: PartitionReader): string[] {
  const values: string[] = []
  for (let batch = reader.take(); batch !== undefined; batch = reader.take()) {
    for (let one = batch.next(source); one !== undefined; one = batch.next(source)) {
      values.push(one.value ?? '')
    }
  }
  return values
}

test.each([0, 2, 3, 5])('what was taken is given again from offset %i on', (offset) => {
  const reader = filled(true)
  expect(taken(reader)).toEqual(['0', '1', '2', '3', '4', '5'])
  const before = reader.bufferedBytes
  expect(reader.rewind(offset)).toBe(true)
  expect(reader.isReady).toBe(true)
  expect(taken(reader)).toEqual(['0', '1', '2', '3', '4', '5'].slice(offset))
  expect([before, reader.bufferedBytes, reader.fetchOffset]).toEqual([0, 0, 6])
})

test('nothing is given again that is not there, was settled, or was not to be kept', () => {
  const reader = filled(true)
  taken(reader)
  expect([reader.rewind(6), reader.rewind(-1)]).toEqual([false, false])
  reader.settle()
  expect(reader.rewind(1)).toBe(false)
  const careless = filled(false)
  taken(careless)
  expect(careless.rewind(1)).toBe(false)
})

test('what was aborted is left out again', () => {
  const reader = new PartitionReader('t', 0)
  reader.keepsTaken = true
  reader.seek(0)
  const marker = { baseOffset: 2, producerId: 7, producerEpoch: 0, coordinatorEpoch: 0 }
  const bytes = Buffer.concat([
    bytesOf(0, 2, 7),
    encodeEndTransactionMarker({ ...marker, commit: false, timestamp: 1 }),
    bytesOf(3, 2),
  ])
  reader.add(0, new FetchedRecords(bytes, 0, [{ producerId: 7, firstOffset: 0 }]))
  expect(taken(reader)).toEqual(['3', '4'])
  expect(reader.rewind(1)).toBe(true)
  expect(taken(reader)).toEqual(['3', '4'])
})
