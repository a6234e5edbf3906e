import {
  CopyPlan,
  giveUp,
  Output,
  readInput,
  reportAssigned,
  requireClient,
  run,
  slicesOf,
} from '../node-contract.mjs'

const { Kafka, logLevel } = requireClient('@confluentinc/kafka-javascript').KafkaJS
const RdKafka = requireClient('@confluentinc/kafka-javascript')

const kafkaJs = ({ bootstrap }) => ({ brokers: [bootstrap], logLevel: logLevel.ERROR })

/** Empty, but with memory: a Buffer without any is sent as null, and so is an empty string. */
const EMPTY = Buffer.alloc(1).subarray(0, 0)
const keptEmpty = (bytes) => (bytes?.length === 0 ? EMPTY : bytes)

async function produce(options) {
  const producer = new Kafka({ kafkaJS: kafkaJs(options) }).producer({
    kafkaJS: {
      acks: -1,
      compression: options.codec,
      idempotent: options.idempotent,
    },
    'linger.ms': 5,
  })
  await producer.connect()
  for (const slice of slicesOf(await readInput(options.input))) {
    await producer.send({
      topic: options.topic,
      messages: slice.map(({ key, value, headers }) => ({
        key,
        value: keptEmpty(value),
        headers: Object.fromEntries(headers.map(([name, bytes]) => [name, keptEmpty(bytes)])),
      })),
    })
  }
  await producer.disconnect()
}

/** The native interface's callback is the only one that says what was assigned. */
async function consume(options) {
  const output = new Output(options)
  const consumer = new Kafka({ kafkaJS: kafkaJs(options) }).consumer({
    kafkaJS: { groupId: options.group, fromBeginning: true, autoCommit: false },
    'heartbeat.interval.ms': 500,
    'fetch.wait.max.ms': 200,
    rebalance_cb: (error, assignment) => {
      if (error.code !== RdKafka.CODES.ERRORS.ERR__ASSIGN_PARTITIONS) return
      reportAssigned(assignment.map(({ partition }) => partition))
    },
  })
  await consumer.connect()
  await consumer.subscribe({ topics: options.topics })
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, isStale }) => {
      const { topic, partition } = batch
      let next
      for (const message of batch.messages) {
        if (output.full || isStale()) break
        output.write({
          ...message,
          topic,
          partition,
          headers: Object.entries(message.headers ?? {}),
        })
        resolveOffset(message.offset)
        next = String(BigInt(message.offset) + 1n)
      }
      if (next !== undefined) await consumer.commitOffsets([{ topic, partition, offset: next }])
      output.finishIfFull()
    },
  })
  await output.finished
  await consumer.disconnect()
}

async function copy({ target: topic, ...options }) {
  const plan = new CopyPlan(options)
  const kafka = new Kafka({ kafkaJS: kafkaJs(options) })
  const producer = kafka.producer({
    kafkaJS: { transactionalId: options.transactionalId, transactionTimeout: 10_000 },
  })
  await producer.connect()
  const consumer = kafka.consumer({
    kafkaJS: {
      groupId: options.group,
      fromBeginning: true,
      autoCommit: false,
      sessionTimeout: options.sessionMs,
    },
    'heartbeat.interval.ms': 500,
    'fetch.wait.max.ms': 200,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: options.topics })
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, isStale }) => {
      const { topic: source, partition } = batch
      for (let at = 0; at < batch.messages.length && !isStale();) {
        const some = batch.messages.slice(at, at + plan.room)
        if (some.length === 0) return
        const offset = String(BigInt(some.at(-1).offset) + 1n)
        const topics = [{ topic: source, partitions: [{ partition, offset }] }]
        await plan
          .copy(some, async (commits) => {
            const transaction = await producer.transaction()
            // anew for each: it changes what it is given
            const messages = some.map(({ key, value, headers }) => {
              return { key, value: keptEmpty(value), headers, partition }
            })
            await transaction.send({ topic, messages })
            await transaction.sendOffsets({ consumer, topics })
            await (commits ? transaction.commit() : transaction.abort())
          })
          .catch(giveUp)
        resolveOffset(some.at(-1).offset)
        at += some.length
      }
    },
  })
  await plan.finished
  await consumer.disconnect()
  await producer.disconnect()
}

/** This client's promise interface has no describe-configs. */
async function administer(options) {
  const admin = new Kafka({ kafkaJS: kafkaJs(options) }).admin()
  await admin.connect()
  const { topic } = options
  const configEntries = [{ name: 'retention.ms', value: '3600000' }]
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }] })
  const [described] = await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.deleteTopics({ topics: [topic] })
  const left = await admin.listTopics()
  await admin.disconnect()
  return { partitions: described.partitions.length, deleted: !left.includes(topic) }
}

await run({ produce, consume, copy, admin: administer })
