const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const { Broker } = require('@pafka/broker')
const { Kafka, logLevel } = require('kafkajs')

/** The code under test: anything that is given the address of its brokers. */
async function placeOrder(producer, order) {
  const [written] = await producer.send({ topic: 'orders', messages: [{ value: order }] })
  return Number(written.baseOffset)
}

let broker
let kafka

beforeEach(async () => {
  broker = await Broker.start({ topics: ['orders'] })
  kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
})

afterEach(() => broker.stop())

test('an order that was placed is read', async () => {
  const producer = kafka.producer()
  await producer.connect()
  await placeOrder(producer, 'tea')
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: 'kitchen', maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const { promise: read, resolve } = Promise.withResolvers()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) })
  expect(await read).toBe('tea')
  await consumer.disconnect()
})

test('every test has a broker of its own', async () => {
  const producer = kafka.producer()
  await producer.connect()
  expect(await placeOrder(producer, 'the first')).toBe(0)
  await producer.disconnect()
})

test('a connection that breaks is made again', async () => {
  const fault = broker.faults.cut('Produce')
  const producer = kafka.producer({ retry: { initialRetryTime: 10 } })
  await producer.connect()
  expect(await placeOrder(producer, 'tea')).toBe(0)
  await fault.used // or the test proved nothing
  await producer.disconnect()
})

test('orders outlive a broker that is restarted', async () => {
  const data = mkdtempSync(join(tmpdir(), 'orders-'))
  for (const expected of [0, 1]) {
    const restarted = await Broker.start({ data, topics: ['orders'] })
    const brokers = [restarted.bootstrap]
    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer()
    await producer.connect()
    expect(await placeOrder(producer, 'tea')).toBe(expected)
    await producer.disconnect()
    await restarted.stop()
  }
  rmSync(data, { recursive: true })
})
