import { expect, test } from 'vitest'

import type { Consumer, ConsumerOptions } from '../src/index.ts'
import { type NumbersStage, startNumbers, upTo } from './numbers-stage.ts'

type Numbers = Consumer<string, number>

const RECORDS = 12
/** Of the first batch; the others are a batch, too. */
const TOGETHER = 10

async function start(): Promise<NumbersStage> {
  const config = { 'group.initial.rebalance.delay.ms': 0 }
  const stage = await startNumbers({ partitions: 1, config })
  await stage.send(upTo(TOGETHER))
  await stage.send(upTo(RECORDS).slice(TOGETHER))
  return stage
}

/** All that is left, in one of the ways to read; each is processed. */
const WAYS: Readonly<Record<string, (consumer: Numbers) => AsyncGenerator<number>>> = {
  async *next(consumer) {
    for await (const { value } of consumer) yield value ?? -1
  },
  async *nextBatch(consumer) {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const batch = await consumer.nextBatch()
      if (batch === undefined) return
      for (const { value } of batch) yield value ?? -1
      batch.ack()
    }
  },
  async *takeBatch(consumer) {
    for (;;) {
      const batch = consumer.takeBatch()
      for (const { value } of batch ?? []) yield value ?? -1
      batch?.ack()
      // oxlint-disable-next-line no-await-in-loop -- there may be none yet
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  },
  async *batches(consumer) {
    for await (const batch of consumer.batches()) for (const { value } of batch) yield value ?? -1
  },
  async *partitions(consumer) {
    for await (const stream of consumer.partitions()) {
      for await (const { value } of stream) yield value ?? -1
    }
  },
}

async function some(consumer: Numbers, count: number): Promise<number[]> {
  const values: number[] = []
  for (let at = 0; at < count; at++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { value } = await consumer.next()
    values.push(value?.value ?? -1)
  }
  return values
}

async function rest(way: string, consumer: Numbers, count: number): Promise<number[]> {
  const values: number[] = []
  for await (const value of WAYS[way]?.(consumer) ?? []) {
    values.push(value)
    if (values.length === count) break
  }
  return values
}

/** Where the group is when all was given, and the last of it was not acknowledged by a loop. */
async function committed(stage: NumbersStage, consumer: Numbers): Promise<number | undefined> {
  await consumer.close()
  const [own] = await stage.kafka.admin().offsets.fetch('g')
  return own?.offset
}

test.each(Object.keys(WAYS))('after some records one by one the others come: %s', async (way) => {
  await using stage = await start()
  const consumer = stage.consumer()
  expect(await some(consumer, 2)).toEqual([0, 1])
  const left = upTo(RECORDS).slice(2)
  expect(await rest(way, consumer, left.length)).toEqual(left)
  // what was given last is processed when more is asked for: nobody asks for more than that
  expect(await committed(stage, consumer)).toBeGreaterThanOrEqual(TOGETHER)
})

test('who has all of a batch one by one is told of the next one at once', async () => {
  await using stage = await start()
  const consumer = stage.consumer()
  await some(consumer, TOGETHER)
  const ready = (): number | undefined => consumer.takeBatch()?.firstOffset
  await expect.poll(ready, { timeout: 10_000 }).toBe(TOGETHER)
})

test('a handler gets what is left, and the record before it is processed', async () => {
  await using stage = await start()
  const options: ConsumerOptions = { ack: 'auto' }
  const consumer = stage.consumer(options)
  expect(await some(consumer, 1)).toEqual([0])
  const seen: number[] = []
  const running = consumer.run(({ value }) => {
    seen.push(value ?? -1)
    if (seen.length === RECORDS - 1) void consumer.close()
  })
  await running
  expect(seen).toEqual(upTo(RECORDS).slice(1))
  expect(await committed(stage, consumer)).toBe(RECORDS)
})
