import { MIB } from '@pafka/base'
import { type LogConfig, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { batchSizeOf, encodeRecordBatch, errorName } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const RING_BYTES = 8 * MIB
/** A round is a quarter of the ring at most, and has a header and an entry. */
const LARGEST_BYTES = RING_BYTES / 4 - 4096
const WHY = `larger than the journal takes, ${LARGEST_BYTES} bytes with this log.journal.max.bytes`

async function logWith(config: Partial<LogConfig> = {}): Promise<PartitionLog> {
  const journal = { folder: '/data/journal', limitBytes: RING_BYTES, tailBytes: 4 * RING_BYTES }
  const all = { maxMessageBytes: 16 * MIB, ...config }
  const store = { channel: 'journal', journal } as const
  return createLog(await openStore({ files: SimulatedDisk.create(), config: all, store }), all)
}

function batchOfSize(sizeBytes: number): Buffer {
  const record = { timestamp: TIME_MS, key: null, value: Buffer.alloc(sizeBytes - 100) }
  const missing = sizeBytes - batchSizeOf(encodeRecordBatch({ records: [record] }))
  record.value = Buffer.alloc(record.value.length + missing)
  return Buffer.from(encodeRecordBatch({ records: [record] }))
}

test('a batch as large as the ring takes is committed, one byte more is refused', async () => {
  const log = await logWith()
  const largest = batchOfSize(LARGEST_BYTES)
  expect(largest.length).toBe(LARGEST_BYTES)
  expect(errorName(log.appendAsLeader(largest, CLIENT).errorCode)).toBe('NONE')
  await committed(log)
  const refused = log.appendAsLeader(batchOfSize(LARGEST_BYTES + 1), CLIENT)
  expect(errorName(refused.errorCode)).toBe('MESSAGE_TOO_LARGE')
  expect(refused.errorMessage).toBe(WHY)
  expect(log.logEndOffset).toBe(1)
})

test.each([
  [16 * MIB, WHY],
  [MIB, 'larger than max.message.bytes'],
])('what becomes too large when it is compressed anew is refused, with %i', async (most, why) => {
  const log = await logWith({ compressionType: 'uncompressed', maxMessageBytes: most })
  const record = { timestamp: TIME_MS, key: null, value: Buffer.alloc(LARGEST_BYTES) }
  const small = Buffer.from(encodeRecordBatch({ records: [record], compression: 'gzip' }))
  expect(small.length).toBeLessThan(100_000)
  const refused = log.appendAsLeader(small, CLIENT)
  expect(errorName(refused.errorCode)).toBe('MESSAGE_TOO_LARGE')
  expect(refused.errorMessage).toBe(why)
  expect(log.logEndOffset).toBe(0)
})
