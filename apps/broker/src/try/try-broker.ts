import type { Writable } from 'node:stream'

import { PafkaError } from '@pafka/base'
import {
  CreateTopics,
  encodeRecordBatch,
  ErrorCode,
  errorName,
  Fetch,
  joinRecordBytes,
  Metadata,
  Produce,
  readBatches,
  readRecords,
  ZERO_UUID,
} from '@pafka/protocol'

import { WireClient } from './wire-client.ts'

const TOPIC = 'hello'
const PRODUCE_VERSION = 9
const FETCH_VERSION = 12

/**
 * Sends a record to a broker and reads it back, saying what it does: a first sign of life, without
 * any client installed.
 * @param bootstrap `host:port` of any Kafka broker.
 * @throws {PafkaError} naming what the broker refused.
 */
export async function tryBroker(bootstrap: string, out: Writable): Promise<void> {
  using client = await WireClient.connect(bootstrap)
  await makeTopic(client)
  const text = `Hello from ${process.pid}`
  const sentAtMs = performance.now()
  const offset = await produce(client, text)
  const ackMs = performance.now() - sentAtMs
  out.write(`produced  ${TOPIC}-0 @ ${offset}: ${text} (acknowledged in ${ackMs.toFixed(1)} ms)\n`)
  out.write(`consumed  ${TOPIC}-0 @ ${offset}: ${await consume(client, offset)}\n`)
}

async function makeTopic(client: WireClient): Promise<void> {
  const topic = {
    name: TOPIC,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }
  const answer = await client.send(CreateTopics, 5, {
    topics: [topic],
    timeoutMs: 10_000,
    validateOnly: false,
  })
  const code = answer.topics[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  if (code !== ErrorCode.TOPIC_ALREADY_EXISTS) check(code, `create topic ${TOPIC}`)
  await client.send(Metadata, 8, {
    topics: [{ name: TOPIC, topicId: ZERO_UUID }],
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
}

async function produce(client: WireClient, text: string): Promise<number> {
  const records = encodeRecordBatch({
    records: [{ timestamp: Date.now(), key: null, value: Buffer.from(text), headers: [] }],
  })
  const answer = await client.send(Produce, PRODUCE_VERSION, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name: TOPIC, topicId: ZERO_UUID, partitionData: [{ index: 0, records }] }],
  })
  const partition = answer.responses[0]?.partitionResponses[0]
  check(partition?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, `produce to ${TOPIC}`)
  return partition?.baseOffset ?? -1
}

async function consume(client: WireClient, offset: number): Promise<string> {
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1_048_576,
  }
  const answer = await client.send(Fetch, FETCH_VERSION, {
    replicaId: -1,
    maxWaitMs: 5000,
    minBytes: 1,
    maxBytes: 1_048_576,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, topicId: ZERO_UUID, partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  })
  const data = answer.responses[0]?.partitions[0]
  check(data?.errorCode ?? answer.errorCode, `fetch from ${TOPIC}`)
  const bytes = joinRecordBytes(data?.records ?? new Uint8Array(0))
  for (const batch of readBatches(bytes)) {
    for (const record of readRecords(batch)) {
      if (record.offset === offset) return Buffer.from(record.value ?? []).toString()
    }
  }
  throw new PafkaError('NOT_FOUND', `what was acknowledged at ${offset} cannot be read back`)
}

function check(errorCode: number, what: string): void {
  if (errorCode === ErrorCode.NONE) return
  throw new PafkaError(errorName(errorCode), `cannot ${what}: ${errorName(errorCode)}`)
}
