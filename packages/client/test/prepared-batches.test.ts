import { encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { KafkaError } from '../src/errors/kafka-error.ts'
import { utf8 } from '../src/serde/utf8.ts'
import { type FetchedBatch, type RecordSequence } from '../src/consumer/fetched-batch.ts'
import { FetchedRecords } from '../src/consumer/fetched-records.ts'
import { PartitionReader } from '../src/consumer/partition-reader.ts'

const source = { topic: 't', partition: 0, key: utf8(), value: utf8() }

interface Preparing {
  readonly batch: FetchedBatch
  readonly done: PromiseWithResolvers<RecordSequence>
}

/** A reader with as many batches of one record, whose preparing a test ends. */
function readerOf(batches: number): {
  readonly reader: PartitionReader
  readonly preparing: Preparing[]
  readonly ready: number[]
} {
  const preparing: Preparing[] = []
  const ready: number[] = []
  const reader = new PartitionReader('t', 0, {
    prepare(batch) {
      const done = Promise.withResolvers<RecordSequence>()
      preparing.push({ batch, done })
      return done.promise
    },
    ready: () => ready.push(preparing.length),
  })
  reader.seek(0)
  fetched(reader, batches)
  return { reader, preparing, ready }
}

function fetched(reader: PartitionReader, batches: number): void {
  const bytes = Array.from({ length: batches }, (_, at) => {
    const record = { timestamp: 1, key: null, value: Buffer.from(`v${at}`) }
    return encodeRecordBatch({ baseOffset: at, records: [record] })
  })
  reader.add(0, new FetchedRecords(Buffer.concat(bytes), 0, []))
}

async function settled(): Promise<void> {
  await new Promise(setImmediate)
}

function valueOf(batch: RecordSequence | undefined): string | null | undefined {
  return batch?.next(source)?.value
}

test('a batch is taken when it is prepared, and the next is prepared then', async () => {
  const { reader, preparing, ready } = readerOf(2)
  expect(reader.take()).toBeUndefined()
  expect([reader.isReady, reader.isPreparing]).toEqual([false, true])
  expect(reader.take()).toBeUndefined()
  expect(preparing).toHaveLength(1)
  preparing[0]?.done.resolve(preparing[0].batch)
  await settled()
  expect([reader.isReady, ready]).toEqual([true, [1]])
  expect(valueOf(reader.take())).toBe('v0')
  expect([reader.isReady, reader.isPreparing]).toEqual([true, false])
  expect(reader.take()).toBeUndefined()
  preparing[1]?.done.resolve(preparing[1].batch)
  await settled()
  expect(valueOf(reader.take())).toBe('v1')
  expect(reader.take()).toBeUndefined()
  expect([reader.isReady, reader.isPreparing]).toEqual([false, false])
})

test('what was being prepared when it was sought elsewhere is dropped', async () => {
  const { reader, preparing, ready } = readerOf(1)
  reader.take()
  reader.seek(0)
  fetched(reader, 1)
  expect(reader.isReady).toBe(true)
  expect(reader.take()).toBeUndefined()
  const [old, next] = preparing
  old?.done.resolve(old.batch)
  await settled()
  expect([reader.take(), ready]).toEqual([undefined, []])
  next?.done.resolve(next.batch)
  await settled()
  expect(valueOf(reader.take())).toBe('v0')
})

test('what was being prepared when it was gone back is prepared again', async () => {
  const { reader, preparing } = readerOf(2)
  reader.take()
  expect(reader.rewind(0)).toBe(true)
  expect(reader.isPreparing).toBe(false)
  preparing[0]?.done.resolve(preparing[0].batch)
  await settled()
  expect(reader.take()).toBeUndefined()
  preparing[1]?.done.resolve(preparing[1].batch)
  await settled()
  expect(valueOf(reader.take())).toBe('v0')
})

test('nothing comes after a batch that could not be prepared', async () => {
  const { reader, preparing } = readerOf(2)
  reader.take()
  preparing[0]?.done.reject(new KafkaError('REFUSED', 'not for you', { kind: 'auth' }))
  await settled()
  for (let attempt = 0; attempt < 3; attempt++) expect(() => reader.take()).toThrow('not for you')
  expect(preparing).toHaveLength(1)
})

test('whatever preparing fails with becomes a KafkaError', async () => {
  const { reader, preparing } = readerOf(1)
  reader.take()
  preparing[0]?.done.reject(new Error('a bug'))
  await settled()
  expect(() => reader.take()).toThrow('Records of t/0 could not be prepared: Error: a bug')
})

test('a reader that is closed meanwhile has nothing', async () => {
  const { reader, preparing, ready } = readerOf(1)
  reader.take()
  reader.close()
  preparing[0]?.done.resolve(preparing[0].batch)
  await settled()
  expect([reader.take(), ready]).toEqual([undefined, []])
})
