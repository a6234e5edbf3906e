import { CompressionTypes, Kafka, logLevel } from 'kafkajs'

import type { Print } from '../twice.ts'

/** Sends some messages, reads them in a group, and prints what it has seen. */
export async function run(brokers: string[], print: Print): Promise<void> {
  const kafka = new Kafka({ clientId: 'shop', brokers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  const sent = await producer.send({
    topic: 'orders',
    compression: CompressionTypes.GZIP,
    messages: [
      { key: 'a', value: 'tea', headers: { trace: 'x1', tags: ['hot', 'green'] } },
      { key: 'b', value: 'cake', timestamp: '1700000000000' },
      { key: 'c', value: null },
      { key: null, value: Buffer.from([1, 2, 255]), partition: 1 },
    ],
  })
  print('sent', sent)
  await producer.disconnect()

  const consumer = kafka.consumer({ groupId: 'bakery' })
  await consumer.connect()
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
  const seen: unknown[] = []
  const done = Promise.withResolvers<void>()
  await consumer.run({
    eachMessage: ({ topic, partition, message }) => {
      const { key, value, headers, offset, timestamp, attributes } = message
      seen.push({
        ...{ topic, partition, offset, key: key?.toString(), value, attributes },
        timestamp: key?.toString() === 'b' ? timestamp : typeof timestamp,
        headers: Object.entries(headers ?? {}).map(([name, given]) => [name, String(given)]),
        isList: Array.isArray(headers?.['tags']),
        isBuffer: Buffer.isBuffer(value),
      })
      if (seen.length === 4) done.resolve()
      return Promise.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
  print('seen', seen.map((one) => JSON.stringify(one)).toSorted())
}
