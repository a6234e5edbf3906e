import { systemClock } from '@pafka/base'
import { expect, test } from 'vitest'

import { ConsumerRecord } from '../src/consumer/consumer-record.ts'
import { bytes, Kafka } from '../src/index.ts'
import { runJobs } from '../src/share/run-jobs.ts'
import { ShareJob } from '../src/share/share-job.ts'
import { heapUsedBytes } from './heap-used.ts'
import { startBroker } from './stage-broker.ts'

const MANY = 100_000
/** Something that is left behind for each record would be more. */
const MOST_GROWTH_BYTES = 4_000_000

const SOURCE = { topic: 't', partition: 0, key: bytes(), value: bytes() }
const NOTHING = {
  ...{ keyAt: 0, keyLength: -1, valueAt: 0, valueLength: -1, headersAt: 0, headersCount: 0 },
}
const KEEPER = { clock: systemClock, lost: undefined, say: () => {}, ended: () => {} }

function jobOf(offset: number): ShareJob<Uint8Array, Uint8Array> {
  const record = new ConsumerRecord(SOURCE, Buffer.of(), { offset, timestamp: 0 }, NOTHING)
  return new ShareJob({ record, deliveryCount: 1 }, KEEPER, Infinity)
}

test('jobs that are done leave nothing behind while one takes long', async () => {
  const slow = Promise.withResolvers<void>()
  const options = { clientId: 'c', tracing: undefined }
  let given = 0
  let before = 0
  let after = 0
  await runJobs(
    () => {
      given += 1
      if (given === 1000) before = heapUsedBytes()
      if (given <= MANY) return Promise.resolve(jobOf(given))
      after = heapUsedBytes()
      slow.resolve()
      return Promise.resolve(undefined)
    },
    async ({ offset }) => (offset === 1 ? slow.promise : undefined),
    { concurrency: 2 },
    { groupId: 'g', options, isAuto: true },
  )
  expect(before).toBeGreaterThan(0)
  expect(after - before).toBeLessThan(MOST_GROWTH_BYTES)
})

test('records that are processed leave nothing behind while one takes long', async () => {
  await using broker = await startBroker({ topics: [{ name: 't', partitions: 2 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const many = Array.from({ length: MANY }, (_, at) => ({ partition: 1, value: `${at}` }))
  await kafka.producer().sendAll('t', [{ partition: 0, value: 'slow' }, ...many])
  many.length = 0
  const slow = Promise.withResolvers<void>()
  const consumer = kafka.consumer('g', 't')
  let slowBegan = false
  let before = 0
  let after = 0
  await consumer.run(
    async ({ partition, offset }) => {
      if (partition === 0) {
        slowBegan = true
        await slow.promise
      } else if (offset === 1000) before = heapUsedBytes()
      else if (offset === MANY - 1) {
        after = slowBegan ? heapUsedBytes() : Infinity
        slow.resolve()
        void consumer.close()
      }
    },
    { concurrency: 2 },
  )
  expect(before).toBeGreaterThan(0)
  expect(after - before).toBeLessThan(MOST_GROWTH_BYTES)
})
