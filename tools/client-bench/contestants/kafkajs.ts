import kafkajs from 'kafkajs'

import { type Contestant, type Course, sendLists } from '../contestant.ts'

const { Kafka, logLevel } = kafkajs

function client({ brokers }: Course): InstanceType<typeof Kafka> {
  return new Kafka({ clientId: 'bench', brokers: [brokers], logLevel: logLevel.NOTHING })
}

export const kafkaJs: Contestant = {
  name: 'kafkajs',

  async producer(course) {
    const { topic } = course
    // its idempotence allows one request at a time; it is measured as most have it
    const producer = client(course).producer()
    await producer.connect()
    return {
      send: (value) => producer.send({ topic, messages: [{ value }] }),
      sendMany: (values) =>
        sendLists(values, (list) => {
          return producer.send({ topic, messages: list.map((value) => ({ value })) })
        }),
      close: () => producer.disconnect(),
    }
  },

  consumeEach: (course) => async (count) => {
    const consumer = client(course).consumer({ groupId: `each-${Date.now()}` })
    await consumer.connect()
    await consumer.subscribe({ topic: course.topic, fromBeginning: true })
    const done = Promise.withResolvers<void>()
    let seen = 0
    await consumer.run({
      eachMessage: async () => {
        seen += 1
        if (seen === count) done.resolve()
      },
    })
    await done.promise
    await consumer.disconnect()
  },

  consumeBatches: (course) => async (count) => {
    const consumer = client(course).consumer({ groupId: `batches-${Date.now()}` })
    await consumer.connect()
    await consumer.subscribe({ topic: course.topic, fromBeginning: true })
    const done = Promise.withResolvers<void>()
    let seen = 0
    await consumer.run({
      eachBatch: async ({ batch }) => {
        seen += batch.messages.length
        if (seen >= count) done.resolve()
      },
    })
    await done.promise
    await consumer.disconnect()
  },
}
