import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { AppendGatherer } from './append-gatherer.ts'
import type { CoordinatorRecord } from './coordinator-log.ts'

function records(count: number, valueBytes: number): CoordinatorRecord[] {
  return Array.from({ length: count }, () => ({
    key: Buffer.from('key'),
    value: Buffer.alloc(valueBytes),
  }))
}

test('small appends share a batch, and come back in their order', () => {
  const gatherer = new AppendGatherer()
  const done: string[] = []
  gatherer.add(records(1, 10), (code) => done.push(`first ${code}`))
  gatherer.add(records(2, 10), (code) => done.push(`second ${code}`))
  const batches = gatherer.take(1000)
  expect(batches.map((batch) => batch.records.length)).toEqual([3])
  expect(done).toEqual([])
  batches[0]?.settle(ErrorCode.NONE)
  expect(done).toEqual(['first 0', 'second 0'])
  expect(gatherer.take(1000)).toEqual([])
})

test('a large append is spread, and done when its last batch is', () => {
  const gatherer = new AppendGatherer()
  const done: number[] = []
  gatherer.add(records(5, 100), (code) => done.push(code))
  gatherer.add(records(1, 5000), (code) => done.push(code))
  const batches = gatherer.take(300)
  expect(batches.map((batch) => batch.records.length)).toEqual([2, 2, 1, 1])
  batches[0]?.settle(ErrorCode.NONE)
  batches[1]?.settle(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(done).toEqual([])
  batches[2]?.settle(ErrorCode.NONE)
  batches[3]?.settle(ErrorCode.MESSAGE_TOO_LARGE)
  expect(done).toEqual([ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.MESSAGE_TOO_LARGE])
})
