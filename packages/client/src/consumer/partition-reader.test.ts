import { seededRandom } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  type CompressionName,
  crc32c,
  encodeRecordBatch,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { bytes as bytesSerde } from '../serde/bytes.ts'
import { OFF_LOOP_BYTES } from './fetched-batch.ts'
import { FetchedRecords } from './fetched-records.ts'
import { PartitionReader } from './partition-reader.ts'

/** Of the CRC in a batch's header. */
const CRC_AT = 17

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

/** A reader of one large batch, and what ends when something can be taken. */
function largeOf(codec: CompressionName): {
  readonly reader: PartitionReader
  readonly ready: Promise<void>
  readonly batch: Uint8Array
  readonly value: Buffer
} {
  const value = Buffer.from(seededRandom(3).bytes(OFF_LOOP_BYTES))
  const batch = encodeRecordBatch({
    compression: codec,
    records: [{ timestamp: 1000, key: null, value }],
  })
  const ready = Promise.withResolvers<void>()
  const reader = new PartitionReader('t', 0, {
    prepare: () => undefined,
    ready: () => ready.resolve(),
  })
  reader.seek(0)
  return { reader, ready: ready.promise, batch, value }
}

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const

test.each(CODECS)('a large batch leaves the loop to others while %s works', async (codec) => {
  const { reader, ready, batch, value } = largeOf(codec)
  reader.add(0, new FetchedRecords(batch, 0, []))
  expect([reader.take(), reader.isPreparing, reader.isReady]).toEqual([undefined, true, false])
  // what is done on the loop ends before it turns
  for (let tick = 0; tick < 20; tick++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise<void>((resolve) => process.nextTick(resolve))
  }
  expect(reader.isReady).toBe(false)
  await ready
  const serde = bytesSerde()
  const record = reader.take()?.next({ topic: 't', partition: 0, key: serde, value: serde })
  expect(Buffer.compare(record?.value ?? new Uint8Array(), value)).toBe(0)
})

test.each(CODECS)('a large batch that %s cannot read is not passed over', async (codec) => {
  const { reader, ready, batch } = largeOf(codec)
  const garbage = Buffer.from(batch)
  garbage.fill(0xff, BATCH_HEADER_BYTES)
  sealed(garbage)
  reader.add(0, new FetchedRecords(garbage, 0, []))
  expect(reader.take()).toBeUndefined()
  await ready
  for (let times = 0; times < 2; times++) {
    expect(() => reader.take()).toThrow('t/0 cannot be read at offset 0')
  }
})

/** As who wrote the garbage would: with a CRC that is right. */
function sealed(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_AT + 4)), CRC_AT)
}
