import { BufferPool, MIB, seededRandom } from '@pafka/base'
import { readRecords, RecordBatchView } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { bytes } from '../serde/bytes.ts'
import { OFF_LOOP_BYTES, ProduceBatch } from './produce-batch.ts'
import { KeyBytes } from './record-slab.ts'

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const

function stage(valueBytes: number): { batch: ProduceBatch; pool: BufferPool; value: Buffer } {
  const pool = new BufferPool({
    ...{ clock: new ManualClock(), smallestBytes: 1024, largestBytes: MIB, limitBytes: 4 * MIB },
    idleMs: 1000,
  })
  const batch = new ProduceBatch({ topic: 't', partition: 0 }, 0, pool, 1024)
  const value = Buffer.from(seededRandom(7).bytes(valueBytes))
  const key = new KeyBytes()
  key.encode(null, bytes())
  batch.append({ timestamp: 1, key, headers: [] }, value, bytes(), Infinity)
  return { batch, pool, value }
}

function valuesOf(batch: Uint8Array): (Buffer | null)[] {
  const records = [...readRecords(new RecordBatchView(batch, 0))]
  return records.map(({ value }) => value && Buffer.from(value))
}

test.each(CODECS)('a large batch leaves the loop to others while %s works', async (codec) => {
  const { batch, value } = stage(OFF_LOOP_BYTES)
  let isDone = false
  const packing = batch.pack(codec)?.then(() => (isDone = true))
  expect(packing).toBeDefined()
  expect(batch.pack(codec)).toBeDefined()
  // what is done on the loop ends before it turns
  for (let tick = 0; tick < 20; tick++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise<void>((resolve) => process.nextTick(resolve))
  }
  expect(isDone).toBe(false)
  await packing
  expect(batch.pack(codec)).toBeUndefined()
  expect(valuesOf(batch.bytes(codec, false))).toEqual([value])
})

test('a small batch, and one that is not compressed, may go at once', () => {
  expect(stage(OFF_LOOP_BYTES).batch.pack('none')).toBeUndefined()
  const { batch, value } = stage(OFF_LOOP_BYTES / 2)
  expect(batch.pack('zstd')).toBeUndefined()
  expect(valuesOf(batch.bytes('zstd', false))).toEqual([value])
})

test('another sequence changes the header, and nothing is compressed again', async () => {
  const { batch } = stage(OFF_LOOP_BYTES)
  batch.resequence({ producerId: 5, epoch: 0 }, 10)
  await batch.pack('lz4')
  const first = batch.bytes('lz4', false)
  expect(new RecordBatchView(first, 0).baseSequence).toBe(10)
  expect(batch.bytes('lz4', false)).toBe(first)
  batch.resequence({ producerId: 6, epoch: 1 }, 0)
  expect(batch.pack('lz4')).toBeUndefined()
  const second = new RecordBatchView(batch.bytes('lz4', false), 0)
  expect([second.producerId, second.producerEpoch, second.baseSequence]).toEqual([6, 1, 0])
})

test('what a thread reads is given back when it has ended', async () => {
  const { batch, pool } = stage(OFF_LOOP_BYTES)
  const packing = batch.pack('gzip')
  batch.settle({ baseOffset: 0, logAppendTime: undefined, logStartOffset: undefined })
  expect(pool.keptBytes).toBeLessThan(OFF_LOOP_BYTES)
  await packing
  expect(pool.keptBytes).toBeGreaterThan(OFF_LOOP_BYTES)
  expect(batch.pack('gzip')).toBeUndefined()
})
