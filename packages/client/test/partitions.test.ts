import { expect, test } from 'vitest'

import { type Consumer, Kafka, type PartitionStream, topic, utf8 } from '../src/index.ts'
import { startBroker } from './stage-broker.ts'

const texts = topic('t', { value: utf8() })

async function start() {
  const broker = await startBroker({
    topics: [{ name: 't', partitions: 2 }],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const kafka = new Kafka(broker.bootstrap)
  return {
    ...{ broker, kafka },
    send: async (partition: number, values: readonly string[]) => {
      await kafka.producer().sendAll(
        texts,
        values.map((value) => ({ value, partition })),
      )
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

/** Reads each partition in a loop of its own. @returns when all loops have ended */
async function readEach<V>(
  consumer: Consumer<Uint8Array, V>,
  each: (value: V | null, partition: number) => unknown,
): Promise<number> {
  const loops: Promise<void>[] = []
  const read = async (records: PartitionStream<Uint8Array, V>): Promise<void> => {
    for await (const { value, partition } of records) await each(value, partition)
  }
  for await (const records of consumer.partitions()) loops.push(read(records))
  await Promise.all(loops)
  return loops.length
}

test('a partition whose records take long keeps no other one waiting', async () => {
  await using stage = await start()
  const values = Array.from({ length: 20 }, (_, at) => `${at}`)
  for (const partition of [0, 1]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is enough
    await stage.send(partition, values)
  }
  const slow = Promise.withResolvers<void>()
  const seen: string[][] = [[], []]
  const consumer = stage.kafka.consumer('g', texts)
  const reading = readEach(consumer, async (value, partition) => {
    if (partition === 0) await slow.promise
    seen[partition]?.push(value ?? '')
  })
  await expect.poll(() => seen[1]).toEqual(values)
  expect(seen[0]).toEqual([])
  slow.resolve()
  await expect.poll(() => seen[0]).toEqual(values)
  await stage.send(1, ['late'])
  await expect.poll(() => seen[1]?.at(-1)).toBe('late')
  await consumer.close()
  expect(await reading).toBe(2)
})

test('asking for the next record acknowledges the one before', async () => {
  await using stage = await start()
  await stage.send(0, ['a', 'b', 'c'])
  const consumer = stage.kafka.consumer('g', texts)
  const seen: (string | null)[] = []
  const reading = readEach(consumer, async (value) => {
    seen.push(value)
    // the last one is not done with
    if (value === 'c') await consumer.close()
  })
  await reading
  expect(seen).toEqual(['a', 'b', 'c'])
  const { value: next } = await stage.kafka.consumer('g', texts).next()
  expect(next?.value).toBe('c')
})

test('who asks for several records before the first came has each acknowledged', async () => {
  await using stage = await start()
  const consumer = stage.kafka.consumer('g', texts)
  const { value: records } = await consumer.partitions().next()
  const values = ['a', 'b', 'c']
  const asked = values.map(async () => records?.next())
  await stage.send(records?.partition ?? 0, values)
  const given = await Promise.all(asked)
  expect(given.map((one) => one?.value?.value)).toEqual(values)
  const next = records?.next()
  await consumer.commit()
  const { done } = await stage.kafka.admin().offsets.fetch(['g'])
  expect(done[0]?.offsets).toMatchObject([{ partition: records?.partition, offset: 3 }])
  await consumer.close()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('the loop of a partition that another member gets ends', async () => {
  await using stage = await start()
  const consumer = stage.kafka.consumer('g', texts)
  const ended: number[] = []
  const all = (async () => {
    for await (const records of consumer.partitions()) {
      void (async () => {
        for await (const record of records) record.ack()
        ended.push(records.partition)
      })()
    }
  })()
  await expect.poll(() => consumer.assignment.length).toBe(2)
  await using other = new Kafka(stage.broker.bootstrap)
  const another = other.consumer('g', texts)
  await expect.poll(() => ended.length, { timeout: 20_000 }).toBe(1)
  const [given] = ended
  const others = (): number[] => another.assignment.map(({ partition }) => partition)
  await expect.poll(others, { timeout: 20_000 }).toEqual([given])
  await consumer.close()
  await all
  await expect.poll(() => ended.length).toBe(2)
})

test('leaving the loop of a partition leaves the others', async () => {
  await using stage = await start()
  await stage.send(0, ['a', 'b'])
  await stage.send(1, ['c', 'd'])
  const consumer = stage.kafka.consumer('g', texts)
  const seen: string[] = []
  void (async () => {
    for await (const records of consumer.partitions()) {
      void (async () => {
        for await (const { value } of records) {
          seen.push(value ?? '')
          if (value === 'a') break
        }
      })()
    }
  })()
  await expect.poll(() => seen.toSorted()).toEqual(['a', 'c', 'd'])
  await consumer.close()
  const rest: (string | null)[] = []
  const next = stage.kafka.consumer('g', texts)
  for await (const { value } of next) {
    rest.push(value)
    if (value === 'b') break
  }
  expect(rest.filter((value) => value === 'a' || value === 'b')).toEqual(['a', 'b'])
})

test.each(['auto', 'manual'] as const)(
  'another loop over a partition begins with what the one before had not done: ack %s',
  async (ack) => {
    await using stage = await start()
    await stage.send(0, ['a', 'b', 'c', 'd', 'e'])
    const consumer = stage.kafka.consumer('g', texts, { ack })
    const seen: string[] = []
    for await (const records of consumer.partitions()) {
      if (records.partition !== 0) continue
      const failing = (async () => {
        for await (const record of records) {
          seen.push(record.value ?? '')
          if (record.value === 'b') throw new Error('the database is away')
          record.ack()
        }
      })()
      await expect(failing).rejects.toThrow('the database is away')
      // what is dropped is not committed past
      await consumer.commit()
      for await (const record of records) {
        seen.push(record.value ?? '')
        record.ack()
        if (record.value === 'c') break
      }
      for await (const { value } of records) {
        seen.push(value ?? '')
        if (value === 'd') break
      }
      break
    }
    expect(seen).toEqual(['a', 'b', 'b', 'c', 'd'])
    const [committed] = await stage.kafka.admin().offsets.fetch('g')
    expect(committed?.offset).toBe(3)
  },
)

test('after a rewind another loop has each record once', async () => {
  await using stage = await start()
  await stage.send(0, ['a', 'b', 'c'])
  const consumer = stage.kafka.consumer('g', texts, { ack: 'manual' })
  const seen: string[] = []
  for await (const records of consumer.partitions()) {
    if (records.partition !== 0) continue
    for await (const { value } of records) {
      seen.push(value ?? '')
      if (value === 'b') break
    }
    consumer.rewind()
    for await (const { value } of records) {
      seen.push(value ?? '')
      if (value === 'c') break
    }
    break
  }
  expect(seen).toEqual(['a', 'b', 'a', 'b', 'c'])
})
