import { encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FetchBudget } from './fetch-budget.ts'
import { FetchedRecords } from './fetched-records.ts'
import { PartitionReader } from './partition-reader.ts'

const KIB = 1024
const MIB = 1024 * KIB
const HEADER_BYTES = 80

/** Of partitions that have so many bytes each. */
function stage(bufferBytes: number, buffered: readonly number[], brokers = 1) {
  const readers = new Map(buffered.map((bytes, at) => [readerWith(bytes, at), undefined]))
  const world = { isReady: true }
  const budget = new FetchBudget({
    ...{ bufferBytes, readers, brokersCount: () => brokers, isAnyReady: () => world.isReady },
  })
  return { budget, world, readers: [...readers.keys()] }
}

function readerWith(bytes: number, partition: number): PartitionReader {
  const reader = new PartitionReader('t', partition)
  reader.seek(0)
  if (bytes === 0) return reader
  const value = Buffer.alloc(Math.max(0, bytes - HEADER_BYTES))
  const batch = encodeRecordBatch({ records: [{ timestamp: 1, key: null, value }] })
  reader.add(0, new FetchedRecords(batch, 0, []))
  return reader
}

test('few partitions have as much as is good for one, many an equal share', () => {
  const of = (count: number): number =>
    stage(64 * MIB, Array<number>(count).fill(0)).budget.partitionBytes
  expect([of(0), of(1), of(32), of(64), of(300)]).toEqual([
    ...[2_000_000, 2_000_000, 2_000_000],
    ...[MIB, (64 * MIB) / 300],
  ])
})

test('a request has the room that is left, and what others asked for is not there', () => {
  const { budget } = stage(64 * MIB, [])
  expect(budget.reserve(16_000_000)).toBe(16_000_000)
  expect(budget.reserve(60 * MIB)).toBe(64 * MIB - 16_000_000)
  expect(budget.reserve(16_000_000)).toBe(0)
  budget.release(16_000_000)
  expect(budget.reserve(30_000_000)).toBe(16_000_000)
})

test('what is buffered leaves less room, and too little is none', () => {
  const { budget } = stage(3 * MIB, [MIB, 0, MIB / 2])
  const bytes = budget.reserve(16_000_000)
  expect(Math.abs(bytes - 1.5 * MIB)).toBeLessThan(HEADER_BYTES)
  budget.release(bytes)
  expect(stage(3 * MIB, [MIB, MIB, MIB / 2]).budget.reserve(16_000_000)).toBe(0)
  // of so little a quarter is worth asking
  expect(stage(100, []).budget.reserve(16_000_000)).toBe(100)
  expect(stage(1, []).budget.reserve(16_000_000)).toBe(1)
})

test('one broker does not keep the room of others', () => {
  const { budget } = stage(16 * MIB, [], 4)
  const asked = [0, 1, 2, 3].map(() => budget.reserve(16_000_000))
  expect(asked).toEqual(Array(4).fill(4 * MIB))
})

test('without room a partition is asked for only if somebody would wait for ever', () => {
  const { budget, world, readers } = stage(MIB, [0, 1000])
  const may = (): boolean[] => readers.map((reader) => budget.mayExceed(reader))
  expect(may()).toEqual([false, false])
  for (const reader of readers) reader.isAwaited = true
  expect(may()).toEqual([true, false])
  for (const reader of readers) reader.isAwaited = false
  world.isReady = false
  expect(may()).toEqual([true, false])
})
