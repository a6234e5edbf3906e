import { type LogConfig, memoryFileSystem, type PartitionLog } from '@pafka/log'
import { DAY_MS, HOUR_MS } from '@pafka/base'
import { errorName, readBatches, readRecords } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll, overEachChannel } from './test-store.ts'

async function logWith(config: Partial<LogConfig> = {}): Promise<PartitionLog> {
  return createLog(await openStore({ files: memoryFileSystem(), config }), config)
}

function errorOf(log: PartitionLog, bytes: Uint8Array): string {
  const before = log.logEndOffset
  const { errorCode, baseOffset } = log.appendAsLeader(bytes, CLIENT)
  if (errorCode !== 0) expect([log.logEndOffset, baseOffset]).toEqual([before, -1])
  return errorName(errorCode)
}

function patched(change: (bytes: Buffer) => void): Buffer {
  const bytes = batchOf(numbered(3))
  change(bytes)
  return bytes
}

overEachChannel(() => {
  test.each<[string, string, Buffer]>([
    ['nothing', 'INVALID_RECORD', Buffer.alloc(0)],
    ['magic 0', 'UNSUPPORTED_FOR_MESSAGE_FORMAT', patched((b) => b.writeInt8(0, 16))],
    ['magic 1', 'UNSUPPORTED_FOR_MESSAGE_FORMAT', patched((b) => b.writeInt8(1, 16))],
    ['a flipped bit', 'CORRUPT_MESSAGE', patched((b) => b.writeInt8(1, b.length - 1))],
    ['a length beyond the end', 'CORRUPT_MESSAGE', patched((b) => b.writeInt32BE(9999, 8))],
    ['a negative length', 'CORRUPT_MESSAGE', patched((b) => b.writeInt32BE(-5, 8))],
    ['half a batch', 'CORRUPT_MESSAGE', batchOf(numbered(3)).subarray(0, 70)],
    [
      'bytes after the batch',
      'CORRUPT_MESSAGE',
      Buffer.concat([batchOf(numbered(1)), Buffer.alloc(5)]),
    ],
    ['a base offset', 'INVALID_RECORD', batchOf(numbered(1), { baseOffset: 1 })],
    ['a count that lies', 'INVALID_RECORD', batchOf(numbered(3), { lastOffsetDelta: 7 })],
    ['a control batch', 'INVALID_RECORD', batchOf(numbered(1), { control: true })],
    ['a producer without sequence', 'INVALID_RECORD', batchOf(numbered(1), { producerId: 1 })],
    ['log append time', 'INVALID_TIMESTAMP', batchOf(numbered(1), { logAppendTime: TIME_MS })],
  ])('%s is answered with %s', async (_name, expected, bytes) => {
    expect(errorOf(await logWith(), bytes)).toBe(expected)
  })

  test('max.message.bytes counts each batch', async () => {
    const [one, two] = [batchOf(numbered(1)), batchOf(numbered(2))]
    const log = await logWith({ maxMessageBytes: one.length })
    expect(errorOf(log, Buffer.concat([one, two]))).toBe('MESSAGE_TOO_LARGE')
    expect(errorOf(log, Buffer.concat([one, one]))).toBe('NONE')
  })

  test('an append larger than a segment is refused', async () => {
    const log = await logWith({ segmentBytes: 100 })
    expect(errorOf(log, batchOf(numbered(20)))).toBe('RECORD_LIST_TOO_LARGE')
  })

  test('times are bounded both ways', async () => {
    const config = { messageTimestampAfterMaxMs: HOUR_MS, messageTimestampBeforeMaxMs: DAY_MS }
    const log = await logWith(config)
    const at = (timestampMs: number): string => errorOf(log, batchOf(numbered(1, 0, timestampMs)))
    expect(at(TIME_MS + HOUR_MS)).toBe('NONE')
    expect(at(TIME_MS + HOUR_MS + 1)).toBe('INVALID_TIMESTAMP')
    expect(at(TIME_MS - DAY_MS)).toBe('NONE')
    expect(at(TIME_MS - DAY_MS - 1)).toBe('INVALID_TIMESTAMP')
    expect(at(-1)).toBe('NONE')
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'a compacted topic refuses a record without a key, %s',
    async (compression) => {
      const log = await logWith({ cleanupPolicy: 'compact' })
      const keyless = { timestamp: TIME_MS, key: null, value: Buffer.from('x') }
      const batch = batchOf([...numbered(3), keyless], { compression })
      expect(errorOf(log, batch)).toBe('INVALID_RECORD')
      expect(errorOf(log, batchOf(numbered(3), { compression }))).toBe('NONE')
    },
  )

  test('message.timestamp.type=LogAppendTime stamps the batch and mends its CRC', async () => {
    const log = await logWith({ messageTimestampType: 'LogAppendTime' })
    const result = log.appendAsLeader(batchOf(numbered(2, 0, 5)), CLIENT)
    expect(result.logAppendTimeMs).toBe(TIME_MS)
    await committed(log)
    const [batch] = readBatches(await readAll(log))
    expect(batch?.valid).toBe(true)
    expect(batch && [...readRecords(batch)].map((record) => record.timestamp)).toEqual([
      TIME_MS,
      TIME_MS,
    ])
  })

  test('CreateTime answers without a time of its own', async () => {
    const log = await logWith()
    expect(log.appendAsLeader(batchOf(numbered(1)), CLIENT).logAppendTimeMs).toBe(-1)
  })

  test('compression.type of the topic wins over the producer', async () => {
    const log = await logWith({ compressionType: 'zstd' })
    log.appendAsLeader(batchOf(numbered(50), { compression: 'gzip' }), CLIENT)
    log.appendAsLeader(batchOf(numbered(50, 50)), CLIENT)
    await committed(log)
    const batches = [...readBatches(await readAll(log))]
    expect(batches.map((batch) => [batch.compression, batch.valid])).toEqual([
      [4, true],
      [4, true],
    ])
    const values = batches.flatMap((batch) => [...readRecords(batch)].map((record) => record.value))
    expect(values.map((value) => Buffer.from(value ?? []).toString())).toEqual(
      numbered(100).map(({ value }) => Buffer.from(value ?? []).toString()),
    )
  })

  test('batches get rising offsets and the leader epoch, in place', async () => {
    const log = await logWith()
    const bytes = Buffer.concat([batchOf(numbered(2)), batchOf(numbered(3))])
    const result = log.appendAsLeader(bytes, { origin: 'client', leaderEpoch: 9 })
    expect(result).toMatchObject({ baseOffset: 0, lastOffset: 4 })
    await committed(log)
    const served = await readAll(log)
    expect(served.equals(bytes)).toBe(true)
    const fields = [...readBatches(served)].map((b) => [b.baseOffset, b.partitionLeaderEpoch])
    expect(fields).toEqual([
      [0, 9],
      [2, 9],
    ])
    expect(log.latestEpoch).toBe(9)
  })

  test('the coordinator may write control batches', async () => {
    const log = await logWith()
    const batch = batchOf(numbered(1), { control: true })
    expect(log.appendAsLeader(batch, { origin: 'coordinator', leaderEpoch: 0 }).errorCode).toBe(0)
  })
})
