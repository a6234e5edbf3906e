import { Kafka, topic } from '@pafka/client'

import type { Contestant } from '../contestant.ts'

export const pafka: Contestant = {
  name: '@pafka/client',

  async producer({ brokers, topic: name }) {
    const kafka = new Kafka(brokers)
    const producer = kafka.producer()
    const to = topic(name)
    return {
      send: (value) => producer.send(to, { value }),
      async sendMany(values) {
        const records = function* () {
          for (const value of values) yield { value }
        }
        await producer.sendAll(to, records())
      },
      async enqueueMany(values) {
        for (const value of values) {
          // oxlint-disable-next-line no-await-in-loop -- the wait for room
          while (!producer.enqueue(to, { value })) await producer.ready()
        }
        await producer.flush()
      },
      close: () => kafka.close(),
    }
  },

  consumeEach: ({ brokers, topic: name }) => {
    return async (count) => {
      await using kafka = new Kafka(brokers)
      let seen = 0
      for await (const record of kafka.consumer(`each-${Date.now()}`, name)) {
        if (record.offset >= 0) seen += 1
        if (seen === count) break
      }
    }
  },

  consumeBatches: ({ brokers, topic: name }) => {
    return async (count) => {
      await using kafka = new Kafka(brokers)
      let seen = 0
      for await (const batch of kafka.consumer(`batches-${Date.now()}`, name).batches()) {
        seen += batch.records.length
        if (seen >= count) break
      }
    }
  },
}
