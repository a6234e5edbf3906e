import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Broker, ConfigError } from '@pafka/broker'
import { Kafka, logLevel } from 'kafkajs'

/** A broker for one test; with Node 24 or later, `await using broker = ...` does without this. */
async function brokerFor(t, options) {
  const broker = await Broker.start(options)
  t.after(() => broker.stop())
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  return { broker, kafka }
}

test('an order that was placed is read', async (t) => {
  const { kafka } = await brokerFor(t, { topics: ['orders'] })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'tea' }] })
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: 'kitchen', maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const { promise: read, resolve } = Promise.withResolvers()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) })
  assert.equal(await read, 'tea')
  await consumer.disconnect()
})

test('a request that takes too long is given up', async (t) => {
  const { broker, kafka } = await brokerFor(t, { topics: ['orders'] })
  const fault = broker.faults.delay('Metadata', 60_000, { where: { topic: 'orders' } })
  const admin = kafka.admin({ retry: { retries: 0 } })
  await admin.connect()
  const asked = admin.fetchTopicMetadata({ topics: ['orders'] })
  await fault.used // the question has arrived, and waits for its answer
  broker.dropConnections()
  await assert.rejects(asked, /closed/i)
  await admin.disconnect()
})

test('topics are made as they are wanted', async (t) => {
  const { kafka } = await brokerFor(t, {
    topics: [{ name: 'orders', partitions: 3, configs: { 'cleanup.policy': 'compact' } }],
    config: { 'auto.create.topics.enable': false },
  })
  const admin = kafka.admin()
  await admin.connect()
  assert.deepEqual(await admin.listTopics(), ['orders'])
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] })
  assert.equal(topics[0].partitions.length, 3)
  await admin.disconnect()
})

test('a config key that does not exist is named, with the one that was meant', async () => {
  const start = Broker.start({ config: { 'log.retention.hour': 1 } })
  await assert.rejects(start, (error) => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, /log\.retention\.hours/)
    return true
  })
})
