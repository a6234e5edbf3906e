import { randomBytes } from 'node:crypto'

import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { type Consumer, type ConsumerBatch, Kafka, type ProducerOptions } from '../src/index.ts'

const RECORD_BYTES = 10_000
/** Some of them do not fit into one batch, nor all into a few answers. */
const RECORDS = 4000
const NOISE = randomBytes(1_000_000)
const STEP = 7919

type Batch = ConsumerBatch<Uint8Array, Uint8Array>

/** Each record has noise of its own, which no compression makes small. */
async function withRecords(
  use: (consumer: Consumer<Uint8Array, Uint8Array>) => unknown,
  compression: ProducerOptions['compression'] = 'none',
): Promise<void> {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka({ brokers: `127.0.0.1:${broker.port}` })
  const records = Array.from({ length: RECORDS }, (_, at) => ({ value: valueAt(at) }))
  await kafka.producer({ compression }).sendAll('t', records)
  await using consumer = kafka.consumer('g', 't', { ack: 'manual' })
  await use(consumer)
}

function valueAt(offset: number): Buffer {
  const at = (offset * STEP) % (NOISE.length - RECORD_BYTES)
  return NOISE.subarray(at, at + RECORD_BYTES)
}

/** Whether each record still has its value. */
function isWhole({ records }: Pick<Batch, 'records'>): boolean {
  return records.every(({ offset, valueBytes }) =>
    valueAt(offset).equals(valueBytes ?? Buffer.of()),
  )
}

async function* batchesOf(consumer: Consumer<Uint8Array, Uint8Array>): AsyncGenerator<Batch> {
  for (let last = -1; last < RECORDS - 1;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const batch = await consumer.nextBatch()
    if (batch === undefined) return
    yield batch
    last = batch.lastOffset
  }
}

test('what is released is received into again, what is not stays', async () => {
  await withRecords(async (consumer) => {
    const kept: Batch[] = []
    const released: Batch[] = []
    for await (const batch of batchesOf(consumer)) {
      expect(isWhole(batch)).toBe(true)
      if (kept.length * 3 < released.length) kept.push(batch)
      else {
        batch.release()
        released.push(batch)
      }
    }
    expect(kept.length).toBeGreaterThan(3)
    expect(kept.every(isWhole)).toBe(true)
    const isGone = ({ records: [first] }: Batch): boolean => {
      try {
        return first?.valueBytes?.length !== RECORD_BYTES
      } catch {
        return true
      }
    }
    expect(released.filter(isGone).length).toBeGreaterThan(3)
  })
})

test('what was released is given again after a rewind', async () => {
  await withRecords(async (consumer) => {
    for (let at = 0; at < 3; at++) (await consumer.nextBatch())?.release()
    consumer.rewind()
    let next = 0
    for await (const batch of batchesOf(consumer)) {
      expect([batch.firstOffset, isWhole(batch)]).toEqual([next, true])
      next = batch.lastOffset + 1
      batch.release()
    }
    expect(next).toBe(RECORDS)
  })
})

test('who was given records one by one keeps them when the rest is released', async () => {
  await withRecords(async (consumer) => {
    const { value: first } = await consumer.next()
    let next = 1
    for await (const batch of batchesOf(consumer)) {
      expect(batch.firstOffset).toBe(next)
      next = batch.lastOffset + 1
      batch.release()
    }
    expect(first).toMatchObject({ offset: 0 })
    expect(isWhole({ records: first === undefined ? [] : [first] })).toBe(true)
  })
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'records that came compressed stay, whatever is received where they were: %s',
  async (compression) => {
    await withRecords(async (consumer) => {
      const kept: Batch[] = []
      for await (const batch of batchesOf(consumer)) kept.push(batch)
      expect(kept.flatMap(({ records }) => records)).toHaveLength(RECORDS)
      expect(kept.every(isWhole)).toBe(true)
    }, compression)
  },
)
