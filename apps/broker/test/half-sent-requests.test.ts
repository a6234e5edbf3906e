import type { Socket } from 'node:net'

import { KIB, type Logger, silentLogger } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { Server } from '../src/network/server.ts'
import { dial, eventually, framed, read, serverWith } from './test-server.ts'

const LIMIT_BYTES = 2_000_000
const BODY_BYTES = 500_000
/** Of a request that came in part. */
const SENT_BYTES = 450_000
/** Two within the bound, and one that goes beyond it. */
const AT_ONCE = 3
/** The most that comes of a request before it must have memory. */
const HEAD_BYTES = 64 * KIB
const LOOK_MS = 10_000

const clock = new ManualClock()

function openServer(logger: Logger = silentLogger): Promise<Server> {
  return serverWith({ clock, logger, requestMemoryBytes: LIMIT_BYTES })
}

const WHOLE = framed(Buffer.alloc(BODY_BYTES, 'x'))
const PART_BYTES = 4 + SENT_BYTES

function sendPart(server: Server): Socket {
  const socket = dial(server)
  socket.write(WHOLE.subarray(0, PART_BYTES))
  return socket
}

/** So many clients that send the most of a large request, and stop; nobody reads more of them. */
async function stall(server: Server, clients: number): Promise<Socket[]> {
  const sockets = Array.from({ length: clients }, () => sendPart(server))
  const takers = Math.min(clients, AT_ONCE)
  await eventually(() => server.waitingRequests === clients - takers)
  await eventually(() => server.requestMemoryBytes >= takers * SENT_BYTES)
  return sockets
}

async function echo(server: Server, bodyBytes: number): Promise<number> {
  const socket = dial(server)
  socket.write(framed(Buffer.alloc(bodyBytes, 'y')))
  return (await read(socket, bodyBytes)).length
}

/** Time passes, and sockets are looked at on the way. */
async function pass(looks: number): Promise<void> {
  for (let look = 0; look < looks; look++) {
    clock.advance(LOOK_MS)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Collects why connections were closed. */
function reasonsInto(reasons: unknown[]): Logger {
  const info: Logger['info'] = (event, fields) => {
    if (event === 'connection-closed') reasons.push(fields?.['reason'])
  }
  return { ...silentLogger, info }
}

test('many that stall take the bound and one request more, and the metric tells', async () => {
  const server = await openServer()
  await stall(server, 20)
  await new Promise((resolve) => setTimeout(resolve, 50)) // whoever is read brings more
  const heads = 17 * HEAD_BYTES
  expect(server.traffic().receivedBytes).toBeLessThanOrEqual(AT_ONCE * PART_BYTES + heads)
  expect(server.requestMemoryBytes).toBeGreaterThanOrEqual(AT_ONCE * SENT_BYTES)
  expect(server.requestMemoryBytes).toBeLessThanOrEqual(AT_ONCE * SENT_BYTES + heads)
  expect(server.connectionCount).toBe(20)
})

test('a header that claims much costs nothing', async () => {
  const server = await openServer()
  for (let client = 0; client < 20; client++) dial(server).write(WHOLE.subarray(0, 10))
  await eventually(() => server.waitingRequests === 20 - AT_ONCE)
  expect(server.requestMemoryBytes).toBeLessThan(20 * 10)
})

test('others are served beside those that stall: small ones, and larger with room', async () => {
  const server = await openServer()
  await stall(server, 20)
  expect(await echo(server, 20)).toBe(20)
  expect(await echo(server, 64 * KIB)).toBe(64 * KIB)
  expect(await echo(server, 200_000)).toBe(200_000)
  expect(await Promise.all(Array.from({ length: 30 }, () => echo(server, 60_000)))).toEqual(
    Array(30).fill(60_000),
  )
  expect(server.waitingRequests).toBe(17)
})

test('slow ones are finished one after the other, and nothing stays taken', async () => {
  const server = await openServer()
  const slow = await stall(server, 10)
  const answers = slow.map((socket) => read(socket, BODY_BYTES))
  for (const socket of slow.toReversed()) socket.write(WHOLE.subarray(PART_BYTES))
  for (const answer of await Promise.all(answers)) {
    expect(answer.equals(WHOLE.subarray(4))).toBe(true)
  }
  expect([server.waitingRequests, server.requestMemoryBytes]).toEqual([0, 0])
})

test('who sends no more for 30 s is closed when others wait, and they go on', async () => {
  const reasons: unknown[] = []
  const server = await openServer(reasonsInto(reasons))
  await stall(server, AT_ONCE)
  const answered = echo(server, BODY_BYTES)
  await eventually(() => server.waitingRequests === 1)
  await pass(3)
  expect(server.connectionCount).toBe(4)
  await pass(1)
  expect(await answered).toBe(BODY_BYTES)
  await eventually(() => server.connectionCount === 0)
  const reason = 'sends a request too slowly, and others wait for its memory'
  expect(reasons).toEqual([reason, reason, reason])
})

test.each([
  ['a byte', 1, 1],
  ['as much as a slow line takes', 45_000, 4],
])('who sends %s in each ten seconds: %i', async (_, bytes, left) => {
  const server = await openServer()
  const slow = await stall(server, AT_ONCE)
  const waiting = sendPart(server)
  await eventually(() => server.waitingRequests === 1)
  for (let look = 0; look < 4; look++) {
    const before = server.traffic().receivedBytes
    const open = slow.filter(({ destroyed, writable }) => writable && !destroyed)
    for (const socket of open) socket.write(Buffer.alloc(bytes))
    await eventually(() => server.traffic().receivedBytes >= before + open.length * bytes)
    await pass(1)
  }
  await eventually(() => server.connectionCount === left)
  expect(waiting.destroyed).toBe(false)
})

test('who stalls stays while nobody waits, and not beside one who waits', async () => {
  const server = await openServer()
  await stall(server, AT_ONCE)
  await pass(10)
  expect(server.connectionCount).toBe(AT_ONCE)
  const answered = echo(server, BODY_BYTES)
  await eventually(() => server.waitingRequests === 1)
  await pass(1)
  expect(await answered).toBe(BODY_BYTES)
})

test('a small request that stalls is closed when small ones have all of the budget', async () => {
  const server = await openServer()
  const part = framed(Buffer.alloc(60_000)).subarray(0, 50_000)
  const small = Array.from({ length: 40 }, () => dial(server))
  for (const socket of small) socket.write(part)
  await eventually(() => server.connectionCount === 40)
  await pass(4)
  expect(server.connectionCount).toBe(40)
  const waiting = dial(server)
  waiting.write(framed('one')) // what comes at first is read, and the rest waits
  await eventually(() => server.traffic().sentBytes === 3)
  await pass(1)
  await eventually(() => server.connectionCount === 1)
})

test('connections that close in the midst of a request leave nothing taken', async () => {
  const server = await openServer()
  const stalled = await stall(server, 20)
  for (const socket of stalled) socket.destroy()
  await eventually(() => server.connectionCount === 0)
  expect([server.waitingRequests, server.requestMemoryBytes]).toEqual([0, 0])
  expect(await Promise.all([1, 2, 3, 4].map(() => echo(server, BODY_BYTES)))).toHaveLength(4)
})

test('what could not be served yet takes no memory from others', async () => {
  const server = await serverWith({
    requestMemoryBytes: LIMIT_BYTES,
    serve: (frame) => void (frame.bytes.length > 5 && frame.slot.complete([frame.bytes])),
  })
  const polls = Array.from({ length: 16 }, () => framed('poll'))
  const sockets = Array.from({ length: AT_ONCE }, () => dial(server))
  for (const socket of sockets) socket.write(Buffer.concat([...polls, WHOLE]))
  await eventually(() => server.traffic().receivedBytes > AT_ONCE * 16 * 8)
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(server.waitingRequests).toBe(0)
  expect(server.traffic().receivedBytes).toBeLessThan(AT_ONCE * 2 * HEAD_BYTES)
  expect(await echo(server, BODY_BYTES)).toBe(BODY_BYTES)
})
