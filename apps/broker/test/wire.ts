import { connect, type Socket } from 'node:net'

import {
  CreateTopics,
  ErrorCode,
  Fetch,
  type FetchResponsePartitionData,
  joinRecordBytes,
  Produce,
  type ProduceResponsePartitionProduceResponse,
  type RecordBytes,
  readBatches,
  readRecords,
  ZERO_UUID,
} from '@pafka/protocol'

import type { WireClient } from '../src/try/wire-client.ts'

/** Creates a topic of one partition, unless it is there. */
export async function createTopic(client: WireClient, name: string): Promise<void> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const request = { topics: [topic], timeoutMs: 5000, validateOnly: false }
  const { errorCode = -1 } = (await client.send(CreateTopics, 5, request)).topics[0] ?? {}
  const fine: number[] = [ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS]
  if (!fine.includes(errorCode)) throw new Error(`create topic ${name}: error ${errorCode}`)
}

/** Produces bytes as they are to `topic`-0, by name (version 9). */
export async function produceBytes(
  client: WireClient,
  topic: string,
  records: RecordBytes | null,
  { acks = -1, partition = 0 }: { acks?: number; partition?: number } = {},
): Promise<ProduceResponsePartitionProduceResponse> {
  const answer = await client.send(Produce, 9, {
    transactionalId: null,
    acks,
    timeoutMs: 5000,
    topicData: [
      { name: topic, topicId: ZERO_UUID, partitionData: [{ index: partition, records }] },
    ],
  })
  const answered = answer.responses[0]?.partitionResponses[0]
  if (answered === undefined) throw new Error('the partition is missing from the answer')
  return answered
}

export interface FetchWish {
  readonly offset?: number
  readonly partition?: number
  readonly maxBytes?: number
  readonly maxWaitMs?: number
  readonly minBytes?: number
}

/** Fetches once from a partition, without a session. */
export async function fetchOnce(
  client: WireClient,
  topic: string,
  { offset = 0, partition = 0, maxBytes = 1 << 20, maxWaitMs = 0, minBytes = 1 }: FetchWish = {},
): Promise<FetchResponsePartitionData> {
  const asked = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: maxBytes,
  }
  const answer = await client.send(Fetch, 12, {
    replicaId: -1,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, topicId: ZERO_UUID, partitions: [asked] }],
    forgottenTopicsData: [],
    rackId: '',
  })
  const data = answer.responses[0]?.partitions[0]
  if (answer.errorCode !== ErrorCode.NONE || data === undefined) {
    throw new Error(`fetch was answered with ${answer.errorCode}`)
  }
  return data
}

/** Offset and value of every record in a fetch answer. */
export function valuesOf(data: FetchResponsePartitionData): [offset: number, value: string][] {
  const values: [number, string][] = []
  for (const batch of readBatches(joinRecordBytes(data.records ?? new Uint8Array(0)))) {
    for (const record of readRecords(batch)) {
      values.push([record.offset, Buffer.from(record.value ?? []).toString()])
    }
  }
  return values
}

/** A bare socket, for what no client would send. */
export function rawSocket(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}) // a reset is how some of these end
  return socket
}

/** int32 size, then the bytes. */
export function framed(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

/** Everything a socket says until it closes. */
export async function saidUntilClosed(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks)
}
