import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { KIB, MIB, seededRandom } from '@pafka/base'
import { Broker } from '@pafka/broker'
import {
  ApiVersions,
  CreateTopics,
  encodeRecordBatch,
  ErrorCode,
  Metadata,
  WireReader,
  ZERO_UUID,
} from '@pafka/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { fetchOnce, framed, produceBytes, rawSocket, saidUntilClosed, valuesOf } from './wire.ts'

const TOPIC = 'guarded'
let broker: Broker
let client: WireClient

beforeAll(async () => {
  broker = await Broker.start({ topics: [TOPIC, 'bombs'], config: { 'num.partitions': 2 } })
  client = await WireClient.connect(broker.bootstrap)
})

afterAll(async () => {
  client[Symbol.dispose]()
  await broker.stop()
})

function batchOf(...values: string[]): Buffer {
  const timestamp = Date.now()
  const records = values.map((value) => ({
    timestamp,
    key: null,
    value: Buffer.from(value),
    headers: [],
  }))
  return Buffer.from(encodeRecordBatch({ records }))
}

/** The broker still serves, and has lost and gained nothing. */
async function stillRight(expected: readonly string[], topic = TOPIC): Promise<void> {
  const values = valuesOf(await fetchOnce(client, topic))
  expect(values.map(([, value]) => value)).toEqual(expected)
}

test('garbage on the port closes that connection and no other', async () => {
  const random = seededRandom(11)
  for (let run = 0; run < 50; run++) {
    const socket = rawSocket(broker.port)
    socket.write(random.bytes(1 + random.below(3000)))
    socket.end()
    await saidUntilClosed(socket)
  }
  await stillRight([])
})

test('garbage inside well-sized frames closes that connection and no other', async () => {
  const random = seededRandom(12)
  for (let run = 0; run < 200; run++) {
    const socket = rawSocket(broker.port)
    const body = Buffer.from(random.bytes(10 + random.below(300)))
    body.writeInt16BE(random.below(93), 0)
    body.writeInt16BE(random.below(14), 2)
    socket.write(framed(body))
    socket.end()
    await saidUntilClosed(socket)
  }
  await stillRight([])
})

test.each([
  ['an unknown API key', 999, 0],
  ['a key of the controller only', 52, 0],
  ['a version that is not served', 3, 99],
  ['a negative version', 3, -1],
])('%s closes the connection', async (_what, apiKey, apiVersion) => {
  const socket = rawSocket(broker.port)
  const body = Buffer.alloc(10)
  body.writeInt16BE(apiKey, 0)
  body.writeInt16BE(apiVersion, 2)
  body.writeInt16BE(-1, 8)
  socket.write(framed(body))
  expect(await saidUntilClosed(socket)).toHaveLength(0)
})

test('an unknown version of ApiVersions is answered in version 0 with what is served', async () => {
  const socket = rawSocket(broker.port)
  const body = Buffer.alloc(11)
  body.writeInt16BE(ApiVersions.key, 0)
  body.writeInt16BE(77, 2)
  body.writeInt32BE(4242, 4)
  body.writeInt16BE(-1, 8)
  socket.write(framed(body))
  const said = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  const reader = new WireReader(said.subarray(4))
  expect(reader.int32()).toBe(4242)
  const { errorCode, apiKeys } = ApiVersions.response.decode(reader, 0)
  expect(errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
  expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({
    minVersion: 0,
    maxVersion: 13,
  })
  socket.destroy()
})

test.each([0, 1, 2])(
  'Produce %i, long gone, is answered with UNSUPPORTED_VERSION',
  async (version) => {
    const socket = rawSocket(broker.port)
    const head = Buffer.from([0, 0, 0, version, 0, 0, 0, 7, 0xff, 0xff])
    const body = Buffer.from('ffff00000001000000010001740000000100000003000000020102', 'hex')
    socket.write(framed(Buffer.concat([head, body])))
    const said = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    const reader = new WireReader(said.subarray(4))
    expect([reader.int32(), reader.int32(), reader.string()]).toEqual([7, 1, 't'])
    expect([reader.int32(), reader.int32(), reader.int16()]).toEqual([1, 3, 35])
    socket.destroy()
  },
)

test('a batch with a wrong CRC is CORRUPT_MESSAGE, and nothing of it is stored', async () => {
  const batch = batchOf('bent')
  batch.writeUInt8((batch.at(-1) ?? 0) ^ 1, batch.length - 1)
  expect((await produceBytes(client, TOPIC, batch)).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE)
  await stillRight([])
})

test.each([
  ['longer than it is', (batch: Buffer): unknown => batch.writeInt32BE(batch.length * 2, 8)],
  ['shorter than it is', (batch: Buffer): unknown => batch.writeInt32BE(batch.length - 20, 8)],
  ['negative', (batch: Buffer): unknown => batch.writeInt32BE(-5, 8)],
  ['2 GiB', (batch: Buffer): unknown => batch.writeInt32BE(0x7fffffff, 8)],
])('a batch that says it is %s is refused', async (_what, lie) => {
  const batch = batchOf('a lie')
  lie(batch)
  const { errorCode } = await produceBytes(client, TOPIC, batch)
  expect([ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD]).toContain(errorCode)
  await stillRight([])
})

test.each([
  ['more', 3],
  ['fewer', 1],
  ['no', 0],
  ['a negative number of', -1],
])('a batch that claims %s records than it has is INVALID_RECORD', async (_what, claimed) => {
  const batch = Buffer.from(
    encodeRecordBatch({
      records: ['a', 'b'].map((value) => ({
        timestamp: Date.now(),
        key: null,
        value: Buffer.from(value),
        headers: [],
      })),
    }),
  )
  batch.writeInt32BE(claimed, 57)
  batch.writeInt32BE(claimed - 1, 23)
  const { crc32c } = await import('@pafka/protocol')
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  const { errorCode } = await produceBytes(client, TOPIC, batch)
  expect([ErrorCode.INVALID_RECORD, ErrorCode.CORRUPT_MESSAGE]).toContain(errorCode)
  await stillRight([])
})

test('a decompression bomb is kept as small as it came', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * MIB), { level: 1 })
  const batch = batchOf('x')
  const bombed = Buffer.concat([batch.subarray(0, 61), bomb])
  bombed.writeInt32BE(bombed.length - 12, 8)
  bombed.writeInt16BE(1, 21)
  const { crc32c } = await import('@pafka/protocol')
  bombed.writeUInt32BE(crc32c(bombed, 21), 17)
  const before = process.memoryUsage().rss
  await produceBytes(client, 'bombs', bombed)
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB)
  await stillRight([])
})

test('a record batch above max.message.bytes is MESSAGE_TOO_LARGE', async () => {
  const large = batchOf(randomBytes(1_200 * KIB).toString('latin1'))
  expect((await produceBytes(client, TOPIC, large)).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE)
  await stillRight([])
})

test.each([
  ['nothing', null],
  ['no bytes', new Uint8Array(0)],
  ['noise', randomBytes(100)],
])('%s instead of records is an error code', async (_what, records) => {
  expect((await produceBytes(client, TOPIC, records)).errorCode).not.toBe(ErrorCode.NONE)
  await stillRight([])
})

test('acks=2 is INVALID_REQUIRED_ACKS', async () => {
  const { errorCode } = await produceBytes(client, TOPIC, batchOf('a'), { acks: 2 })
  expect(errorCode).toBe(ErrorCode.INVALID_REQUIRED_ACKS)
})

test.each(['a/b', '', '.', '..', 'é', 'x'.repeat(250)])(
  'topic name %j is refused',
  async (name) => {
    const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    const request = { topics: [topic], timeoutMs: 1000, validateOnly: false }
    const created = await client.send(CreateTopics, 5, request)
    expect(created.topics[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
    const metadata = await client.send(Metadata, 9, {
      topics: [{ name, topicId: ZERO_UUID }],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    expect(metadata.topics[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
  },
)

test('5,000 idle connections cost little, and the next one is served', async () => {
  const before = process.memoryUsage().rss
  const idle = Array.from({ length: 2500 }, () => rawSocket(broker.port))
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  const more = Array.from({ length: 2500 }, () => rawSocket(broker.port))
  await Promise.all(more.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  using late = await WireClient.connect(broker.bootstrap)
  const answer = await late.send(ApiVersions, 0, {
    clientSoftwareName: '',
    clientSoftwareVersion: '',
  })
  expect(answer.errorCode).toBe(ErrorCode.NONE)
  // Both ends are in this process; 10,000 sockets in 40 KiB each are below this.
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * MIB)
  for (const socket of [...idle, ...more]) socket.destroy()
})
