import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { Connection } from '../src/network/connection.ts'
import type { Server } from '../src/network/server.ts'
import { answerWith, dial, eventually, framed, read, serverWith } from './test-server.ts'

const LIMIT_BYTES = 2_000_000
const BODY_BYTES = 500_000
/** Two within the bound, and one that goes beyond it. */
const AT_ONCE = 3
const LONG_MS = 3_600_000
const LOOK_MS = 10_000

const clock = new ManualClock()
const LARGE = framed(Buffer.alloc(BODY_BYTES, 'x'))

/** Mutes for an hour who asks for it; who asks to be muted later is in `later`. */
function openServer(later: Connection[] = []): Promise<Server> {
  return serverWith({
    clock,
    requestMemoryBytes: LIMIT_BYTES,
    serve(frame) {
      const text = frame.bytes.toString()
      if (text === 'mute') frame.connection.mute(LONG_MS)
      if (text === 'mute later') later.push(frame.connection)
      answerWith(frame, frame.bytes)
    },
  })
}

async function echo(server: Server, bodyBytes: number): Promise<number> {
  const socket = dial(server)
  socket.write(framed(Buffer.alloc(bodyBytes, 'y')))
  return (await read(socket, bodyBytes)).length
}

test('who is muted begins no large request: nobody waits for its memory', async () => {
  const server = await openServer()
  for (let client = 0; client < 20; client += 1) {
    dial(server).write(Buffer.concat([framed('mute'), LARGE.subarray(0, 20_000)]))
  }
  await eventually(() => server.connectionCount === 20)
  expect(await echo(server, BODY_BYTES)).toBe(BODY_BYTES)
  expect(server.waitingRequests).toBe(0)
  expect(server.connectionCount).toBeGreaterThanOrEqual(20)
})

test('who was muted in the midst of a request loses it after 30 s if others wait', async () => {
  const later: Connection[] = []
  const server = await openServer(later)
  for (let client = 0; client < AT_ONCE; client += 1) {
    dial(server).write(Buffer.concat([framed('mute later'), LARGE.subarray(0, 450_000)]))
  }
  await eventually(() => server.requestMemoryBytes >= AT_ONCE * 440_000)
  for (const connection of later) connection.mute(LONG_MS)
  const answered = echo(server, BODY_BYTES)
  await eventually(() => server.waitingRequests === 1)
  for (let look = 0; look < 5; look += 1) {
    clock.advance(LOOK_MS)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(await answered).toBe(BODY_BYTES)
})

test('who is muted for longer than others may be idle is closed: it may be gone', async () => {
  const idleMs = 600_000
  const server = await openServer()
  const muted = dial(server)
  muted.write(framed('mute'))
  const other = dial(server)
  await eventually(() => server.connectionCount === 2)
  await read(muted, 'mute'.length)
  muted.destroy()
  for (let passedMs = 0; passedMs < 2 * idleMs; passedMs += idleMs / 8) {
    clock.advance(idleMs / 8)
    if (!other.destroyed) other.write(framed('here'))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await eventually(() => server.connectionCount < 2)
  expect(server.connectionCount).toBe(1)
  expect(other.destroyed).toBe(false)
  other.destroy()
})
