import { createRequire } from 'node:module'
import { join } from 'node:path'

import { type Contestant, type Course, sendLists } from '../contestant.ts'

interface Message {
  readonly topic: string
  readonly value: Buffer
}

/** As much of it as is used here. */
interface PlatformaticKafka {
  readonly Producer: new (options: object) => {
    send(options: { readonly messages: readonly Message[] }): Promise<unknown>
    close(): Promise<void>
  }
  readonly Consumer: new (options: object) => {
    consume(options: object): Promise<AsyncIterable<unknown> & { close(): Promise<void> }>
    close(force?: boolean): Promise<void>
  }
}

async function load({ clients }: Course): Promise<PlatformaticKafka> {
  const path = createRequire(join(clients, 'any.js')).resolve('@platformatic/kafka')
  return (await import(path)) as PlatformaticKafka
}

export const platformatic: Contestant = {
  name: '@platformatic/kafka',

  async producer(course) {
    const { Producer } = await load(course)
    const { topic, brokers } = course
    const terms = { clientId: 'bench', bootstrapBrokers: [brokers] }
    // its idempotence fails when a second call does not wait for the first; this is its default
    const producer = new Producer({ ...terms, idempotent: false, acks: -1 })
    return {
      send: (value) => producer.send({ messages: [{ topic, value }] }),
      sendMany: (values) =>
        sendLists(values, (list) => {
          return producer.send({ messages: list.map((value) => ({ topic, value })) })
        }),
      close: () => producer.close(),
    }
  },

  consumeEach: (course) => async (count) => {
    const { Consumer } = await load(course)
    const { topic, brokers } = course
    const groupId = `each-${Date.now()}`
    const consumer = new Consumer({ groupId, clientId: 'bench', bootstrapBrokers: [brokers] })
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true })
    let seen = 0
    for await (const message of stream) {
      if (message !== null) seen += 1
      if (seen === count) break
    }
    await consumer.close(true)
  },
}
