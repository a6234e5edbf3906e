import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { CreateTopics, encodeRecordBatch, ErrorCode } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'

import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { createTopic, produceBytes } from './wire.ts'

// What a broker costs: time to its first ack, memory, many topics, many partitions.
// node --conditions=@pafka/source apps/broker/test/broker-figures.ts --main
// apps/broker/dist/main.js

const { values: flags } = parseArgs({
  options: {
    /** What to start: the built file is what users run. */
    main: { type: 'string' },
    starts: { type: 'string', default: '11' },
    records: { type: 'string', default: '10000000' },
    topics: { type: 'string', default: '1000' },
    partitions: { type: 'string', default: '10000' },
  },
})

const RECORD_BYTES = 100
const RECORDS_PER_BATCH = 5000
const IN_FLIGHT = 5
const TOPIC = 'figures'

const sortedMedian = (list: number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0
const print = (what: string, figure: string): void => console.log(`${what.padEnd(60)}${figure}`)

function start(folder: string): Promise<BrokerProcess> {
  if (flags.main !== undefined) process.env['TEST_BROKER_MAIN'] = flags.main
  return BrokerProcess.start(`log.dirs=${folder}`)
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

async function startToFirstAck(): Promise<void> {
  const took: number[] = []
  for (let run = 0; run < Number(flags.starts); run++) {
    await using folder = await temporaryFolder()
    const begin = performance.now()
    await using broker = await start(folder.path)
    using client = await WireClient.connect(broker.bootstrap)
    await createTopic(client, TOPIC)
    await produceBytes(client, TOPIC, batchOf(1))
    took.push(performance.now() - begin)
  }
  print(
    'process start to first acknowledged produce, median',
    `${Math.round(sortedMedian(took))} ms`,
  )
}

function batchOf(count: number): Uint8Array {
  const value = Buffer.alloc(RECORD_BYTES, 'v')
  const timestamp = Date.now()
  const record = { timestamp, key: null, value, headers: [] }
  return encodeRecordBatch({ records: Array.from({ length: count }, () => record) })
}

async function memory(): Promise<void> {
  await using folder = await temporaryFolder()
  await using broker = await start(folder.path)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  print('resident, idle', `${await residentMb(broker.pid)} MB`)
  using client = await WireClient.connect(broker.bootstrap)
  await createTopic(client, TOPIC)
  const batch = batchOf(RECORDS_PER_BATCH)
  let left = Number(flags.records) / RECORDS_PER_BATCH
  const begin = performance.now()
  const send = async (): Promise<void> => {
    while (left-- > 0) {
      const { errorCode } = await produceBytes(client, TOPIC, batch)
      if (errorCode !== ErrorCode.NONE) throw new Error(`produce failed with ${errorCode}`)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, send))
  const seconds = (performance.now() - begin) / 1000
  print(
    `resident, after ${flags.records} records of ${RECORD_BYTES} B`,
    `${await residentMb(broker.pid)} MB`,
  )
  print('  produced at', `${(Number(flags.records) / seconds / 1e6).toFixed(2)} M records/s`)
}

async function manyTopics(): Promise<void> {
  await using folder = await temporaryFolder()
  await using broker = await start(folder.path)
  using client = await WireClient.connect(broker.bootstrap)
  const topics = Array.from({ length: Number(flags.topics) }, (_, at) => topicOf(`t-${at}`, 1))
  const begin = performance.now()
  const answer = await client.send(CreateTopics, 7, {
    topics,
    timeoutMs: 60_000,
    validateOnly: false,
  })
  const took = performance.now() - begin
  const failed = answer.topics.filter(({ errorCode }) => errorCode !== ErrorCode.NONE).length
  if (failed > 0) throw new Error(`${failed} topics were not created`)
  print(`${flags.topics} topics created in one request`, `${Math.round(took)} ms`)
}

async function manyPartitions(): Promise<void> {
  await using folder = await temporaryFolder()
  await using broker = await start(folder.path)
  using client = await WireClient.connect(broker.bootstrap)
  const partitions = Number(flags.partitions)
  const topics = [topicOf(TOPIC, partitions)]
  await client.send(CreateTopics, 7, { topics, timeoutMs: 60_000, validateOnly: false })
  print(`resident, ${partitions} empty partitions`, `${await residentMb(broker.pid)} MB`)
  for (let partition = 0; partition < partitions; partition++) {
    await produceBytes(client, TOPIC, batchOf(1), { partition })
  }
  print(
    `resident, ${partitions} partitions with a record each`,
    `${await residentMb(broker.pid)} MB`,
  )
}

function topicOf(name: string, numPartitions: number) {
  return { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }
}

await startToFirstAck()
await memory()
await manyTopics()
await manyPartitions()
