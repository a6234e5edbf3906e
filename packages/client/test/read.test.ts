import { DecodeError } from '@pafka/base'
import { expect, test, vi } from 'vitest'

import { FetchedBatch } from '../src/consumer/fetched-batch.ts'
import { json, Kafka, type KafkaError, type ReaderOptions, topic, utf8 } from '../src/index.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'

const numbers = topic('t', { key: utf8(), value: json<number>() })

async function start(partitions = 1) {
  const broker = await startBroker({ topics: [{ name: 't', partitions }] })
  const kafka = new Kafka(broker.bootstrap)
  return {
    ...{ broker, kafka },
    send: async (values: readonly number[], partition?: number) => {
      const records = values.map((value) => ({
        ...{ key: `k${value}`, value, timestamp: 1000 + value },
        ...(partition !== undefined && { partition }),
      }))
      const producer = kafka.producer()
      await producer.sendAll(numbers, records)
      await producer.close()
    },
    read: async (options: ReaderOptions = {}) => {
      const values: (number | null)[] = []
      for await (const { value } of kafka.reader(numbers, { until: 'end', ...options })) {
        values.push(value)
      }
      return values
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, at) => at)
}

test('all records are read, each partition in its order, up to what was the end', async () => {
  await using stage = await start(5)
  await stage.send(upTo(3000))
  const seen = new Map<number, number[]>()
  for await (const record of stage.kafka.reader(numbers, { until: 'end' })) {
    expect(record.key).toBe(`k${record.value}`)
    const ofPartition = seen.get(record.partition) ?? []
    expect(record.offset).toBe(ofPartition.length)
    seen.set(record.partition, [...ofPartition, record.value ?? -1])
  }
  const all = [...seen.values()].flat().toSorted((one, other) => one - other)
  expect(all).toEqual(upTo(3000))
  for (const values of seen.values()) {
    expect(values).toEqual(values.toSorted((one, other) => one - other))
  }
})

test('reading begins where it is told to', async () => {
  await using stage = await start(2)
  await stage.send(upTo(10), 0)
  await stage.send(upTo(10), 1)
  const partitions = [0]
  expect(await stage.read({ partitions, from: { offset: 7 } })).toEqual([7, 8, 9])
  expect(await stage.read({ partitions, from: { timestamp: 1008 } })).toEqual([8, 9])
  expect(await stage.read({ partitions, from: { timestamp: 5000 } })).toEqual([])
  expect(await stage.read({ partitions, from: 'latest' })).toEqual([])
  const offsets = new Map([
    [0, 9],
    [1, 10],
  ])
  expect(await stage.read({ offsets })).toEqual([9])
})

test('an empty topic has an end, too', async () => {
  await using stage = await start(3)
  expect(await stage.read()).toEqual([])
})

test('the end is before what is open, and what is behind it, unless asked otherwise', async () => {
  await using stage = await start()
  await stage.send([0])
  await using producer = stage.kafka.producer()
  await using transaction = await producer.begin()
  await transaction.send(numbers, { key: 'k1', value: 1 })
  await stage.send([2])
  expect(await stage.read()).toEqual([0])
  expect(await stage.read({ readCommitted: false })).toEqual([0, 1, 2])
  await transaction.commit()
  // Kafka writes its end when it has answered
  await expect.poll(async () => stage.read()).toEqual([0, 1, 2])
})

test('without an end records are read as they come, until somebody has enough', async () => {
  await using stage = await start(2)
  const reading = (async () => {
    const values: (number | null)[] = []
    for await (const { value } of stage.kafka.reader(numbers)) {
      values.push(value)
      if (values.length === 30) break
    }
    return values
  })()
  for (const value of upTo(3)) {
    // oxlint-disable-next-line no-await-in-loop -- they come one after the other
    await stage.send(upTo(10).map((at) => 10 * value + at))
  }
  expect((await reading).toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(upTo(30))
})

test('who reads can be told to stop', async () => {
  await using stage = await start()
  const stopping = new AbortController()
  const reader = stage.kafka.reader('t', { signal: stopping.signal })
  const next = reader.next()
  stopping.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')
  const closing = stage.kafka.reader('t')
  const last = closing.next()
  closing.close()
  expect(await last).toEqual({ done: true, value: undefined })
})

test('what was to be read and is gone is passed over', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  expect(await stage.read({ from: { offset: 1000 } })).toEqual([])
  const reader = stage.kafka.reader(numbers, { from: { offset: 1000 } })
  expect((await reader.next()).value?.offset).toBe(0)
})

test.each(['NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION', 'KAFKA_STORAGE_ERROR'] as const)(
  'an error that passes is not seen: %s',
  async (error) => {
    await using stage = await start()
    await stage.send(upTo(10))
    stage.broker.faults.answer('Fetch', error, { times: 2 })
    stage.broker.faults.answer('ListOffsets', error)
    expect(await stage.read()).toEqual(upTo(10))
    expect(stage.broker.faults.pending).toEqual([])
  },
)

test('connections that end, and sessions that are forgotten, are not seen', async () => {
  await using stage = await start(3)
  await stage.send(upTo(5000))
  const { faults } = stage.broker
  const values: (number | null)[] = []
  for await (const { value } of stage.kafka.reader(numbers, { until: 'end' })) {
    values.push(value)
    if (values.length % 1000 === 1) faults.loseAnswer('Fetch')
    if (values.length % 1000 === 500) faults.cut('Fetch')
  }
  expect(values.toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(upTo(5000))
})

test('an error that does not pass is told, with where it is', async () => {
  await using stage = await start()
  await stage.send(upTo(3))
  stage.broker.faults.answer('Fetch', 'TOPIC_AUTHORIZATION_FAILED')
  const error = (await stage.read().catch((caught: unknown) => caught)) as KafkaError
  expect(error).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED', kind: 'auth' })
  expect(error.context).toMatchObject({ topic: 't', partition: 0 })
})

test('a partition that is not there is refused', async () => {
  await using stage = await start()
  await expect(stage.read({ partitions: [0, 1] })).rejects.toThrow('has no partition 1')
})

test.each(['reader', 'consumer'] as const)(
  'a %s that finds damage says so by its promise',
  async (who) => {
    await using stage = await start()
    await stage.send([0, 1, 2])
    const { kafka } = stage
    const records = who === 'reader' ? kafka.reader(numbers) : kafka.consumer('g', numbers)
    expect((await records.next()).value?.value).toBe(0)
    using next = vi.spyOn(FetchedBatch.prototype, 'next').mockImplementationOnce(() => {
      throw new DecodeError('it is damaged')
    })
    // whoever asks must not be told before it has a promise
    const asked = records.next()
    expect(await refusal(asked)).toMatchObject({ message: 'it is damaged' })
    expect(next).toHaveBeenCalledTimes(1)
  },
)
