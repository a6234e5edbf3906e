import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { type Consumer, type EachBatchPayload, Kafka, logLevel } from '../../src/kafkajs/index.ts'

/** So often only a handler is called that nobody else gets a turn beside. */
const FOR_EVER = 20_000
const SOON_MS = 100

/** A consumer of a topic with a few records, and what its handler is to do until the timer. */
async function callsUntilTimer(
  unready: (payload: EachBatchPayload, consumer: Consumer) => void,
): Promise<{ calls: number; handled: string[] }> {
  await using broker = await Broker.start({
    topics: ['t'],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 't', messages: ['a', 'b', 'c'].map((value) => ({ value })) })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'g' })
  const handled = Promise.withResolvers<string[]>()
  let isReady = false
  let calls = 0
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: async (payload) => {
      if (calls === 0) {
        setTimeout(() => {
          isReady = true
        }, SOON_MS)
      }
      calls += 1
      if (!isReady && calls < FOR_EVER) {
        unready(payload, consumer)
        return Promise.resolve()
      }
      const { messages } = payload.batch
      for (const { offset } of messages) payload.resolveOffset(offset)
      handled.resolve(messages.map(({ value }) => String(value)))
      return Promise.resolve()
    },
  })
  const values = await handled.promise
  await consumer.disconnect()
  return { calls, handled: values }
}

test('a handler that resolves nothing is called again, and timers have their turn', async () => {
  const { calls, handled } = await callsUntilTimer(() => {})
  expect(handled).toEqual(['a', 'b', 'c'])
  expect(calls).toBeGreaterThan(1)
  // it does not spin either
  expect(calls).toBeLessThan(SOON_MS)
})

test('a handler that goes back to what it was given leaves timers their turn', async () => {
  const { calls, handled } = await callsUntilTimer(({ batch }, consumer) => {
    const { topic, partition } = batch
    consumer.seek({ topic, partition, offset: batch.firstOffset() ?? '' })
  })
  expect(handled).toEqual(['a', 'b', 'c'])
  expect(calls).toBeGreaterThan(1)
  expect(calls).toBeLessThan(FOR_EVER)
})

test('a handler that resolves what was resolved before does not go on for ever', async () => {
  const { calls, handled } = await callsUntilTimer(({ resolveOffset }) => resolveOffset('0'))
  expect(handled).toEqual(['b', 'c'])
  expect(calls).toBeLessThan(SOON_MS)
})
