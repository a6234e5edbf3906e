import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'

async function start() {
  const broker = await Broker.start({ config: { 'num.partitions': 3 } })
  const kafka = new Kafka(broker.bootstrap)
  return {
    ...{ broker, kafka, topics: kafka.admin().topics },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

test('a topic is made, found, listed, grown and deleted', async () => {
  await using stage = await start()
  const { topics, kafka } = stage
  const made = await topics.create('b', { partitions: 2, configs: { 'retention.ms': 1000 } })
  expect(made.partitions.map(({ partition }) => partition)).toEqual([0, 1])
  expect((await topics.create('a')).partitions).toHaveLength(3)
  expect((await topics.list()).map(({ name }) => name)).toEqual(['a', 'b'])
  await topics.grow('b', 5)
  expect((await topics.find('b'))?.partitions).toHaveLength(5)
  await kafka.producer().send('b', { partition: 4, value: 'x' })
  await topics.delete('b')
  expect(await topics.find('b')).toBeUndefined()
})

test('what cannot be done is told, with what the broker says', async () => {
  await using stage = await start()
  const { topics } = stage
  await topics.create('a', { partitions: 1 })
  await expect(topics.create('a')).rejects.toMatchObject({
    ...{ code: 'TOPIC_ALREADY_EXISTS', kind: 'usage', context: { topic: 'a' } },
  })
  await expect(topics.create('no/slash')).rejects.toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION' })
  await expect(topics.create('c', { configs: { nonsense: 1 } })).rejects.toMatchObject({
    ...{ code: 'INVALID_CONFIG', kind: 'config' },
  })
  await expect(topics.grow('a', 1)).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' })
  await expect(topics.delete('nowhere')).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
  })
})

test('an answer that is lost is no failure: what was asked is done, once', async () => {
  await using stage = await start()
  const { topics, broker } = stage
  broker.faults.loseAnswer('CreateTopics')
  await topics.create('a')
  broker.faults.loseAnswer('DeleteTopics')
  await topics.delete('a')
  broker.faults.answer('CreateTopics', 'NOT_CONTROLLER')
  expect((await topics.create('a')).name).toBe('a')
})

test('the cluster is described', async () => {
  await using stage = await start()
  const { clusterId, brokers, controllerId } = await stage.kafka.admin().cluster()
  expect(clusterId).toBe(stage.broker.clusterId)
  expect(brokers).toEqual([
    { id: controllerId, host: '127.0.0.1', port: stage.broker.port, rack: null },
  ])
})
