import { createRequire } from 'node:module'
import { join } from 'node:path'

import type kafkajs from 'kafkajs'

import { type Contestant, type Course, sendLists } from '../contestant.ts'

/** Its facade has the shapes of kafkajs. */
interface Confluent {
  readonly KafkaJS: {
    readonly Kafka: new (options: object) => kafkajs.Kafka
    readonly logLevel: typeof kafkajs.logLevel
  }
}

function client({ brokers, clients }: Course, options: object = {}): kafkajs.Kafka {
  const name = '@confluentinc/kafka-javascript'
  const { KafkaJS } = createRequire(join(clients, 'any.js'))(name) as Confluent
  const logLevel = KafkaJS.logLevel.NOTHING
  return new KafkaJS.Kafka({ kafkaJS: { brokers: [brokers], logLevel }, ...options })
}

export const confluent: Contestant = {
  name: '@confluentinc/kafka-javascript',

  async producer(course) {
    const { topic } = course
    const options = { kafkaJS: { acks: -1, idempotent: true } }
    const producer = client(course).producer(options as object)
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
    const options = { kafkaJS: { groupId: `each-${Date.now()}`, fromBeginning: true } }
    const consumer = client(course).consumer(options as unknown as kafkajs.ConsumerConfig)
    await consumer.connect()
    await consumer.subscribe({ topics: [course.topic] })
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
}
