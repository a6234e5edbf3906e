import { expect, test } from 'vitest'

import { bytes, Kafka, type PartitionStream, topic } from '../src/index.ts'
import { startBroker } from './stage-broker.ts'

const wide = topic('wide', { value: bytes() })
const PARTITIONS = 30
const OF_EACH = 5
const ALL = PARTITIONS * OF_EACH
const VALUE_BYTES = 40_000
/** With all that is around a record of its own batch. */
const BATCH_BYTES = VALUE_BYTES + 200
const BUFFER_BYTES = 10 * VALUE_BYTES
/** Partitions of which the program has a batch, whose loops stand. */
const MOST_HELD = 10

async function start() {
  const broker = await startBroker({
    topics: [{ name: 'wide', partitions: PARTITIONS }],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  const value = Buffer.alloc(VALUE_BYTES)
  for (let round = 0; round < OF_EACH; round++) {
    // oxlint-disable-next-line no-await-in-loop -- each a batch of its own
    await producer.sendAll(
      wide,
      Array.from({ length: PARTITIONS }, (_, partition) => ({ value, partition })),
    )
  }
  return {
    ...{ broker, kafka },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

const SEVERAL = [
  ['a consumer', (kafka: Kafka, bufferBytes: number) => kafka.consumer('g', wide, { bufferBytes })],
  ['a reader', (kafka: Kafka, bufferBytes: number) => kafka.reader(wide, { bufferBytes })],
] as const

test.each(SEVERAL)('%s has no more in memory than it may, of all together', async (_name, open) => {
  await using stage = await start()
  await using reading = open(stage.kafka, BUFFER_BYTES)
  const seen = new Map<number, number>()
  let most = 0
  for (let count = 1; count <= ALL; count++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { value: record } = await reading.next()
    const { partition = -1, offset } = record ?? {}
    expect(offset).toBe(seen.get(partition) ?? 0)
    seen.set(partition, (seen.get(partition) ?? 0) + 1)
    // what is on its way comes meanwhile
    // oxlint-disable-next-line no-await-in-loop -- as above
    await new Promise(setImmediate)
    most = Math.max(most, stage.kafka.metrics().consumer.bytes - count * VALUE_BYTES)
  }
  expect(seen.size).toBe(PARTITIONS)
  expect(most).toBeGreaterThan(VALUE_BYTES)
  // a batch that is larger than the room that is left comes whole
  const headers = ALL * (BATCH_BYTES - VALUE_BYTES)
  expect(most).toBeLessThan(BUFFER_BYTES + headers + BATCH_BYTES)
})

test('with room for nothing there is always one batch', async () => {
  await using stage = await start()
  await using reader = stage.kafka.reader(wide, { bufferBytes: 1, until: 'end' })
  let count = 0
  for await (const { valueBytes } of reader) {
    count += 1
    expect(valueBytes?.length).toBe(VALUE_BYTES)
    const buffered = stage.kafka.metrics().consumer.bytes - count * VALUE_BYTES
    expect(buffered).toBeLessThan(count * (BATCH_BYTES - VALUE_BYTES) + BATCH_BYTES)
  }
  expect(count).toBe(ALL)
})

test('partitions whose loops stand have all room, and keep no other one waiting', async () => {
  await using stage = await start()
  const consumer = stage.kafka.consumer('g', wide, { bufferBytes: BUFFER_BYTES })
  const end = Promise.withResolvers<void>()
  const counts = new Map<number, number>()
  const loops: Promise<void>[] = []
  const read = async (records: PartitionStream<Uint8Array, Uint8Array>): Promise<void> => {
    for await (const { partition } of records) {
      counts.set(partition, (counts.get(partition) ?? 0) + 1)
      if (partition < PARTITIONS - MOST_HELD) await end.promise
    }
  }
  const reading = (async () => {
    for await (const records of consumer.partitions()) loops.push(read(records))
  })()
  const done = (): number => [...counts.values()].filter((count) => count === OF_EACH).length
  await expect.poll(done, { timeout: 20_000 }).toBe(MOST_HELD)
  await expect.poll(() => counts.size).toBe(PARTITIONS)
  end.resolve()
  await expect.poll(done, { timeout: 20_000 }).toBe(PARTITIONS)
  await consumer.close()
  await reading
  await Promise.all(loops)
})
