import { Kafka, logLevel } from 'kafkajs'

const LIMIT_MS = 60_000

/** Sends one record with kafkajs and reads it back. @returns the value as it was read. */
export async function roundTrip(bootstrap: string, value: string): Promise<string | undefined> {
  const kafka = new Kafka({
    clientId: 'round-trip',
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
  })
  const topic = 'round-trip'
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'key', value }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'round-trip' })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const read = Promise.withResolvers<string | undefined>()
    const limit = setTimeout(() => read.reject(new Error('nothing was consumed')), LIMIT_MS)
    await consumer.run({
      eachMessage: async ({ message }) => read.resolve(message.value?.toString()),
    })
    return await read.promise.finally(() => clearTimeout(limit))
  } finally {
    await consumer.disconnect()
  }
}
