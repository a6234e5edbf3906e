import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'

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

const { CompressionCodecs, CompressionTypes, Kafka, logLevel, Partitioners } =
  requireClient('kafkajs')
const lz4 = requireClient('lz4-napi')

CompressionCodecs[CompressionTypes.Snappy] = requireClient('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder) => promisify(zstdCompress)(encoder.buffer),
  decompress: (buffer) => promisify(zstdDecompress)(buffer),
})
const compression = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

const connect = ({ bootstrap }) =>
  new Kafka({ clientId: 'conformance', brokers: [bootstrap], logLevel: logLevel.ERROR })

async function produce(options) {
  const producer = connect(options).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: options.idempotent,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  for (const slice of slicesOf(await readInput(options.input))) {
    await producer.send({
      topic: options.topic,
      compression: compression[options.codec],
      acks: -1,
      messages: slice.map(({ key, value, headers }) => ({
        key,
        value,
        headers: Object.fromEntries(headers),
      })),
    })
  }
  await producer.disconnect()
}

async function consume(options) {
  const output = new Output(options)
  const consumer = connect(options).consumer({
    groupId: options.group,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
    maxBytesPerPartition: 1_000_000,
  })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    reportAssigned(Object.values(payload.memberAssignment).flat())
  })
  await consumer.connect()
  await consumer.subscribe({ topics: options.topics, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, isRunning, isStale }) => {
      const { topic, partition } = batch
      let next
      for (const message of batch.messages) {
        if (output.full || !isRunning() || isStale()) break
        const headers = Object.entries(message.headers)
        output.write({ ...message, topic, partition, headers })
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

/**
 * One instance for each transactional id. It has no metadata of its group to send along, so that
 * what it left open must be fenced before anybody asks for offsets: whoever loses its place in the
 * group ends here, and the next process begins with that.
 */
async function copy({ target: topic, group: consumerGroupId, ...options }) {
  const plan = new CopyPlan(options)
  const kafka = connect(options)
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: options.transactionalId,
    transactionTimeout: 10_000,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  const consumer = kafka.consumer({
    groupId: consumerGroupId,
    heartbeatInterval: 500,
    sessionTimeout: options.sessionMs,
    maxWaitTimeInMs: 200,
    retry: { restartOnFailure: async () => false },
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => giveUp(payload.error))
  let joined = 0
  consumer.on(consumer.events.GROUP_JOIN, () => {
    if (joined++ > 0) giveUp(new Error('lost its place in the group'))
  })
  await consumer.connect()
  await consumer.subscribe({ topics: options.topics, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
      const { topic: source, partition } = batch
      for (let at = 0; at < batch.messages.length && isRunning() && !isStale();) {
        const some = batch.messages.slice(at, at + plan.room)
        if (some.length === 0) return
        const offset = String(BigInt(some.at(-1).offset) + 1n)
        const topics = [{ topic: source, partitions: [{ partition, offset }] }]
        const messages = some.map(({ key, value, headers }) => ({ key, value, headers, partition }))
        await plan
          .copy(some, async (commits) => {
            const transaction = await producer.transaction()
            await transaction.send({ topic, messages, acks: -1 })
            await transaction.sendOffsets({ consumerGroupId, topics })
            await (commits ? transaction.commit() : transaction.abort())
          })
          .catch(giveUp)
        resolveOffset(some.at(-1).offset)
        at += some.length
        await heartbeat()
      }
    },
  })
  await plan.finished
  await consumer.disconnect()
  await producer.disconnect()
}

async function administer(options) {
  const admin = connect(options).admin()
  await admin.connect()
  const { topic } = options
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic, numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '3600000' }] },
    ],
  })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: topic }],
  })
  await admin.deleteTopics({ topics: [topic] })
  const left = await admin.listTopics()
  await admin.disconnect()
  const entries = resources[0].configEntries
  return {
    partitions: topics[0].partitions.length,
    retentionMs: entries.find(({ configName }) => configName === 'retention.ms').configValue,
    configs: entries.length,
    deleted: !left.includes(topic),
  }
}

await run({ produce, consume, copy, admin: administer })
