import { AdvanceableClock, Broker } from '@pafka/broker'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { expect, test } from 'vitest'

/** The code under test: anything that is given the address of its brokers. */
async function placeOrders(producer: Producer, ...orders: string[]): Promise<number> {
  const messages = orders.map((value) => ({ value }))
  const [written] = await producer.send({ topic: 'orders', messages })
  return Number(written?.baseOffset)
}

function kafkaAt(broker: Broker): Kafka {
  return new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
}

test('an order that was placed is read', async () => {
  await using broker = await Broker.start({ topics: ['orders'] })
  const kafka = kafkaAt(broker)
  const producer = kafka.producer()
  await producer.connect()
  await placeOrders(producer, 'tea')
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: 'kitchen', maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const { promise: read, resolve } = Promise.withResolvers<string | undefined>()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) })
  expect(await read).toBe('tea')
  await consumer.disconnect()
})

test('a partition that moves to another leader is tried again', async () => {
  await using broker = await Broker.start({ topics: ['orders'] })
  const fault = broker.faults.answer('Produce', 'NOT_LEADER_OR_FOLLOWER', { times: 2 })
  const producer = kafkaAt(broker).producer({ retry: { initialRetryTime: 10 } })
  await producer.connect()
  expect(await placeOrders(producer, 'tea')).toBe(0)
  await fault.used // or the test proved nothing
  await producer.disconnect()
})

test('an answer that got lost leads to no second order', async () => {
  await using broker = await Broker.start({ topics: ['orders'] })
  broker.faults.loseAnswer('Produce')
  const producer = kafkaAt(broker).producer({
    idempotent: true, // without it there would be two
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 10 },
  })
  await producer.connect()
  await placeOrders(producer, 'tea')
  expect(await placeOrders(producer, 'cake')).toBe(1)
  expect(broker.faults.pending).toEqual([])
  await producer.disconnect()
})

test('orders are forgotten after a day', async () => {
  const clock = new AdvanceableClock()
  await using broker = await Broker.start({
    clock,
    topics: [{ name: 'orders', configs: { 'retention.ms': 86_400_000 } }],
  })
  const kafka = kafkaAt(broker)
  const producer = kafka.producer()
  await producer.connect()
  await placeOrders(producer, 'tea', 'cake')
  await producer.disconnect()

  clock.advance(2 * 86_400_000)
  const admin = kafka.admin()
  await admin.connect()
  await expect
    .poll(() => admin.fetchTopicOffsets('orders'))
    .toMatchObject([{ low: '2', high: '2' }])
  await admin.disconnect()
})
