import { encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FetchedRecords } from './fetched-records.ts'
import { PartitionReader } from './partition-reader.ts'

function fetchOf(reader: PartitionReader, isDamaged: boolean): void {
  const bytes = encodeRecordBatch({
    records: [{ timestamp: 1000, key: null, value: Buffer.from('value') }],
  })
  if (isDamaged) bytes[bytes.length - 3] = 0
  reader.add(reader.fetchOffset, new FetchedRecords(bytes, reader.fetchOffset, []))
}

test('what was damaged on its way is fetched again', () => {
  const reader = new PartitionReader('t', 0)
  reader.seek(0)
  for (let times = 0; times < 2; times++) {
    fetchOf(reader, true)
    expect([reader.fetchOffset, reader.take()]).toEqual([1, undefined])
    expect([reader.fetchOffset, reader.bufferedBytes, reader.isReady]).toEqual([0, 0, false])
  }
  fetchOf(reader, false)
  expect(reader.take()?.lastOffset).toBe(0)
  expect([reader.take(), reader.bufferedBytes]).toEqual([undefined, 0])
})

test('what is damaged each time is so where it lies', () => {
  const reader = new PartitionReader('t', 0)
  reader.seek(0)
  for (let times = 0; times < 2; times++) {
    fetchOf(reader, true)
    reader.take()
  }
  fetchOf(reader, true)
  expect(() => reader.take()).toThrow('t/0 cannot be read at offset 0: a batch is damaged')
})
