import { readFileSync } from 'node:fs'

import { DecodeError, type Random } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  checkBatch,
  checkClientCounts,
  checkRecords,
  compress,
  Compression,
  compressionOf,
  computeCrc,
  decompress,
  ErrorCode,
  readBatches,
  readRecords,
  type RecordBatchView,
  recordsCountOf,
} from '@pafka/protocol'
import { type Fuzz, mutated } from '@pafka/testing'

const MAX_BYTES = 1024 * 1024
const CRC_AT = 17
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const

const batches = readFileSync(
  new URL('fixtures/vectors/record-batches.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => Buffer.from((JSON.parse(line) as { base64: string }).base64, 'base64'))

export const fuzzes: readonly Fuzz[] = [
  { name: 'read a damaged record batch', run: damagedBatch },
  { name: 'check records that are damaged under a right CRC', run: damagedRecords },
  { name: 'decompress damaged data', run: damagedCompression },
]

function damagedBatch(random: Random): void {
  const bytes = mutated(random, smallBatch(random))
  const code = checkBatch(bytes, 0, bytes.length)
  if (code === ErrorCode.NONE) checkRecords(bytes, 0, { requireKeys: false })
  refusedOr(() => {
    for (const batch of readBatches(bytes)) readAll(batch)
  })
}

/** Whatever the checks let pass, a consumer must be able to read. */
function damagedRecords(random: Random): void {
  const intact = smallBatch(random)
  const records = mutated(random, intact.subarray(BATCH_HEADER_BYTES))
  const batch = Buffer.concat([intact.subarray(0, BATCH_HEADER_BYTES), records])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeUInt32BE(computeCrc(batch, 0, batch.length), CRC_AT)
  const codes = [
    checkBatch(batch, 0, batch.length),
    checkClientCounts(batch, 0),
    checkRecords(batch, 0, { requireKeys: false }),
  ]
  const passed = codes.every((code) => code === ErrorCode.NONE) && compressionOf(batch) === 0
  const read = refusedOr(() => [...readBatches(batch)].map(readAll))
  if (!passed) return
  const [first = -1] = read ?? []
  if (first !== recordsCountOf(batch)) throw new Error('checked records cannot be read')
}

function damagedCompression(random: Random): void {
  const codec = CODECS[random.below(CODECS.length)] ?? 'gzip'
  const text = random.below(2) === 0 ? random.bytes(random.below(500)) : new Uint8Array(3000)
  const packed = mutated(random, compress(codec, text))
  const limit = random.below(4000)
  const output = refusedOr(() => decompress(Compression[codec], packed, limit))
  if (output !== undefined && output.length > Math.max(limit, 1)) {
    throw new Error(`${codec} gave ${output.length} bytes instead of at most ${limit}`)
  }
}

function readAll(batch: RecordBatchView): number {
  let count = 0
  for (const record of readRecords(batch, MAX_BYTES)) {
    record.headers()
    count += 1
  }
  return count
}

function smallBatch(random: Random): Buffer {
  const small = batches.filter((batch) => batch.length < 3000)
  return small[random.below(small.length)] ?? Buffer.alloc(0)
}

function refusedOr<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
