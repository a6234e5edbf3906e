import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'

import {
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

await run({ produce, consume, admin: administer })
