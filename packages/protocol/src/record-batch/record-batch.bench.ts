import type { Bench } from '@pafka/testing'

import { checkBatch } from './check-batch.ts'
import { checkRecords } from './check-records.ts'
import { crc32c, crc32cPlain } from './crc32c.ts'
import { encodeRecordBatch, type RecordInput } from './record-batch-builder.ts'
import { readBatches, readRecords } from './record-batch.ts'

const BATCH_BYTES = 16 * 1024
const RULES = { requireKeys: false }

export const benches: readonly Bench[] = [
  ...[100, 256, 1024, 16 * 1024, 1024 * 1024].flatMap(crcBenches),
  ...[20, 100, 1000].flatMap(batchBenches),
]

function repeat(once: () => void): (times: number) => void {
  return (times) => {
    for (let left = times; left > 0; left--) once()
  }
}

function crcBenches(sizeBytes: number): Bench[] {
  const bytes = Buffer.alloc(sizeBytes, 7)
  const plain = repeat(() => crc32cPlain(bytes, 0, sizeBytes))
  return [
    { name: `crc32c of ${sizeBytes} bytes`, bytes: sizeBytes, run: repeat(() => crc32c(bytes)) },
    { name: `crc32c of ${sizeBytes} bytes in JavaScript`, bytes: sizeBytes, run: plain },
  ]
}

function batchBenches(valueBytes: number): Bench[] {
  const records: RecordInput[] = Array.from(
    { length: Math.floor(BATCH_BYTES / valueBytes) },
    (_, at) => ({
      timestamp: 1_700_000_000_000 + at,
      key: null,
      value: Buffer.alloc(valueBytes, at),
    }),
  )
  const batch = encodeRecordBatch({ records })
  const bench = (what: string, once: () => void): Bench => ({
    name: `${what} of ${records.length} records, ${valueBytes} bytes each`,
    bytes: batch.length,
    run: repeat(once),
  })
  return [
    bench('check the header and CRC of a batch', () => checkBatch(batch, 0, batch.length)),
    bench('walk a batch', () => checkRecords(batch, 0, RULES)),
    bench('read a batch', () => {
      for (const view of readBatches(batch)) {
        for (const record of readRecords(view)) void record.value
      }
    }),
    bench('build a batch', () => encodeRecordBatch({ records })),
  ]
}
