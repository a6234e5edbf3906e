import { setTimeout } from 'node:timers/promises'

import {
  CopyPlan,
  Output,
  readInput,
  reportAssigned,
  requireClient,
  run,
  slicesOf,
} from '../node-contract.mjs'

const { Admin, Consumer, Producer } = requireClient('@platformatic/kafka')

const connection = ({ bootstrap }) => ({ clientId: 'conformance', bootstrapBrokers: [bootstrap] })

async function produce(options) {
  const producer = new Producer({
    ...connection(options),
    idempotent: options.idempotent,
    compression: options.codec,
    acks: -1,
  })
  for (const slice of slicesOf(await readInput(options.input))) {
    await producer.send({
      messages: slice.map(({ key, value, headers }) => ({
        topic: options.topic,
        key: key ?? undefined,
        value: value ?? undefined,
        headers: new Map(headers.map(([name, bytes]) => [Buffer.from(name), bytes])),
      })),
    })
  }
  await producer.close()
}

async function consume(options) {
  const output = new Output(options)
  const consumer = new Consumer({
    ...connection(options),
    groupId: options.group,
    autocommit: false,
    heartbeatInterval: 500,
    maxWaitTime: 200,
  })
  consumer.on('consumer:group:join', ({ assignments }) => {
    reportAssigned((assignments ?? []).flatMap(({ partitions }) => partitions))
  })
  const stream = await consumer.consume({
    topics: options.topics,
    mode: 'committed',
    fallbackMode: 'earliest',
  })
  let last = Promise.resolve()
  stream.on('data', (message) => {
    if (output.full) return
    const headers = [...message.headers].map(([name, bytes]) => [String(name), bytes])
    output.write({ ...message, headers })
    last = last.then(() => message.commit()).then(() => output.finishIfFull())
  })
  await output.finished
  await last
  await consumer.close(true)
}

async function copy(options) {
  const plan = new CopyPlan(options)
  const producer = new Producer({
    ...connection(options),
    transactionalId: options.transactionalId,
    idempotent: true,
    acks: -1,
  })
  const consumer = new Consumer({
    ...connection(options),
    groupId: options.group,
    autocommit: false,
    sessionTimeout: options.sessionMs,
    heartbeatInterval: 500,
    maxWaitTime: 200,
  })
  const stream = await consumer.consume({
    topics: options.topics,
    mode: 'committed',
    fallbackMode: 'earliest',
  })
  const waiting = []
  const transact = async (some, commits) => {
    const transaction = await producer.beginTransaction()
    const messages = some.map(({ key, value, headers, partition }) => {
      return { topic: options.target, key, value, headers, partition }
    })
    await transaction.send({ messages })
    await transaction.addConsumer(consumer)
    const last = new Map(some.map((message) => [message.partition, message]))
    for (const message of last.values()) await transaction.addOffset(message)
    await (commits ? transaction.commit() : transaction.abort())
  }
  stream.on('data', (message) => waiting.push(message))
  let isFinished = false
  void plan.finished.then(() => (isFinished = true))
  while (!isFinished) {
    const some = waiting.splice(0, plan.room)
    if (some.length > 0) await plan.copy(some, (commits) => transact(some, commits))
    else await setTimeout(50)
  }
  await consumer.close(true)
  await producer.close()
}

async function administer(options) {
  const admin = new Admin(connection(options))
  const { topic } = options
  const configs = [{ name: 'retention.ms', value: '3600000' }]
  const created = await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1, configs })
  const described = await admin.describeConfigs({
    resources: [{ resourceType: 2, resourceName: topic }],
  })
  await admin.deleteTopics({ topics: [topic] })
  const left = await admin.listTopics()
  await admin.close()
  const entries = described[0].configs
  return {
    partitions: created[0].partitions,
    retentionMs: entries.find(({ name }) => name === 'retention.ms').value,
    configs: entries.length,
    deleted: !left.includes(topic),
  }
}

await run({ produce, consume, copy, admin: administer })
