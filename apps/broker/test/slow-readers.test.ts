import type { Socket } from 'node:net'

import { KIB, MIB } from '@pafka/base'
import { Broker } from '@pafka/broker'
import {
  encodeRecordBatch,
  encodeRequestFrame,
  Fetch,
  joinRecordBytes,
  ZERO_UUID,
} from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { fetchOnce, produceBytes, rawSocket } from './wire.ts'

const TOPIC = 'long'
const BATCH_BYTES = 500 * KIB
const BATCHES = 24
/** Twice the memory for records: what answers of the smallest size may come to. */
const MOST_MEMORY_BYTES = 256 * MIB

let broker: Broker
let sockets: Socket[]

beforeEach(async () => {
  broker = await Broker.start({ topics: [TOPIC] })
  sockets = []
  await produceAll()
})

async function produceAll(): Promise<void> {
  using client = await WireClient.connect(broker.bootstrap)
  const value = Buffer.alloc(BATCH_BYTES, 'x')
  const records = encodeRecordBatch({
    records: [{ timestamp: Date.now(), key: null, value, headers: [] }],
  })
  for (let at = 0; at < BATCHES; at++) await produceBytes(client, TOPIC, records)
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await broker.stop()
})

/** Asks for the topic again and again, as fast as answers may leave, and reads nothing. */
function askAndNotRead(requests: number, fetchOffset = 0): Socket {
  const socket = rawSocket(broker.port)
  socket.pause()
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 50 * MIB,
  }
  const request = {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50 * MIB,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, topicId: ZERO_UUID, partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  }
  for (let id = 0; id < requests; id++) {
    const frame = { version: 12, correlationId: id, clientId: 'slow', request }
    for (const piece of encodeRequestFrame(Fetch, frame)) socket.write(piece)
  }
  sockets.push(socket)
  return socket
}

/** Reads that socket slowly, a little in each turn of a timer. @returns how much it has read. */
function readSlowly(socket: Socket): () => number {
  let readBytes = 0
  const timer = setInterval(() => {
    const chunk: unknown = socket.read(10 * KIB) ?? socket.read()
    if (chunk instanceof Buffer) readBytes += chunk.length
  }, 100)
  socket.once('close', () => clearInterval(timer))
  return () => readBytes
}

/** Until no answer goes on any more. */
async function allAreStuck(): Promise<void> {
  const { fetchMemory } = broker.services
  let before = -1
  while (before !== fetchMemory.usedBytes || before === 0) {
    before = fetchMemory.usedBytes
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Fetches one after another. @returns bytes of each answer. */
async function fetchOften(times: number): Promise<number[]> {
  using client = await WireClient.connect(broker.bootstrap)
  const sizes: number[] = []
  for (let at = 0; at < times; at++) {
    const { records } = await fetchOnce(client, TOPIC, { maxBytes: 50 * MIB })
    sizes.push(joinRecordBytes(records ?? new Uint8Array(0)).length)
    expect(broker.services.fetchMemory.usedBytes).toBeLessThan(MOST_MEMORY_BYTES)
  }
  return sizes
}

test('a consumer goes on beside a hundred that read nothing, in bounded memory', async () => {
  for (let at = 0; at < 100; at++) askAndNotRead(8)
  await allAreStuck()
  const { fetchMemory } = broker.services
  expect(fetchMemory.usedBytes).toBeGreaterThan(64 * MIB)
  const sizes = await fetchOften(60)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(BATCH_BYTES)
  expect(sockets.filter((socket) => socket.destroyed)).toEqual([])
  for (const socket of sockets) socket.destroy()
  while (fetchMemory.usedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5))
})

test('a consumer goes on beside forty that read slowly, and they go on too', async () => {
  const slow = Array.from({ length: 40 }, () => readSlowly(askAndNotRead(8)))
  while (slow.some((readBytes) => readBytes() === 0)) await fetchOften(1)
  const before = slow.map((readBytes) => readBytes())
  const sizes = await fetchOften(60)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(BATCH_BYTES)
  while (slow.some((readBytes, at) => readBytes() === before[at])) await fetchOften(1)
  expect(sockets.filter((socket) => socket.destroyed)).toEqual([])
})

test('a consumer of old records goes on beside those that hold the memory of reads', async () => {
  await using folder = await temporaryFolder()
  await broker.stop()
  broker = await Broker.start({ data: folder.path, topics: [TOPIC] })
  await produceAll()
  await broker.stop() // what the next one reads is not in memory
  const config = { 'log.read.memory.bytes': 8 * MIB }
  broker = await Broker.start({ data: folder.path, config })
  for (let at = 0; at < 2 * BATCHES; at++) askAndNotRead(8, at % BATCHES)
  await allAreStuck()
  expect(broker.services.fetchMemory.usedBytes).toBeGreaterThan(8 * MIB)
  using client = await WireClient.connect(broker.bootstrap)
  for (let offset = 0; offset < BATCHES; offset++) {
    const { records } = await fetchOnce(client, TOPIC, { offset, maxBytes: 50 * MIB })
    expect(joinRecordBytes(records ?? new Uint8Array(0)).length).toBeGreaterThan(BATCH_BYTES)
  }
  expect(sockets.filter((socket) => socket.destroyed)).toEqual([])
  await broker.stop()
})
