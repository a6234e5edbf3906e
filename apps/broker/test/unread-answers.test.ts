import { once } from 'node:events'
import type { Socket } from 'node:net'

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { answerWith, dial, eventually, framed, read, serverWith } from './test-server.ts'
import type { Server, ServerOptions } from '../src/network/server.ts'

/** The kernel takes a quarter of it at once, and the rest in pieces of more than a megabyte. */
const LARGE = Buffer.alloc(16_000_000)

/** Frames with `large` in them get more than the kernel takes; others are echoed. */
const largeOrEcho: ServerOptions['serve'] = (frame) => {
  const large = frame.bytes.includes('large')
  answerWith(frame, large ? LARGE : frame.bytes)
}

/** Asks, many times at once, and reads nothing. */
function askAndNotRead(server: Server, times: number, body = 'large'): Socket {
  const socket = dial(server)
  socket.pause()
  socket.write(Buffer.concat(Array.from({ length: times }, () => framed(body))))
  return socket
}

/** Reads so much, now, from a socket that is else not read. */
async function readNow(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0;) {
    const chunk: unknown = socket.read(Math.min(left, 60_000)) ?? socket.read()
    if (chunk instanceof Buffer) left -= chunk.length
    else await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

test('unread answers of all connections have one bound; who reads is served', async () => {
  const answerMemoryBytes = 10_000_000
  const server = await serverWith({ answerMemoryBytes, serve: largeOrEcho })
  const silent = Array.from({ length: 20 }, () => askAndNotRead(server, 16))
  // For some there was no memory.
  await eventually(() => server.acceptedConnections === 20 && server.connectionCount < 20)
  expect(server.answerMemoryBytes).toBeGreaterThanOrEqual(4 * answerMemoryBytes)
  expect(server.answerMemoryBytes).toBeLessThan(4 * answerMemoryBytes + LARGE.length)
  const reader = dial(server)
  reader.write(Buffer.concat(Array.from({ length: 100 }, () => framed('small'))))
  expect(await read(reader, 500)).toHaveLength(500)
  for (const socket of silent) socket.destroy()
  await eventually(() => server.answerMemoryBytes === 0)
})

test('beyond the bound the next request waits until its connection has read', async () => {
  const unsent: boolean[] = []
  const server = await serverWith({
    answerMemoryBytes: LARGE.length / 2,
    serve: (frame) => {
      unsent.push(frame.connection.hasUnsent)
      largeOrEcho(frame)
    },
  })
  const silent = askAndNotRead(server, 1)
  await eventually(() => server.answerMemoryBytes === LARGE.length)
  const reader = dial(server)
  reader.write(Buffer.concat(['a', 'b', 'c', 'd'].map(framed)))
  expect((await read(reader, 4)).toString()).toBe('abcd')
  expect(unsent).toEqual([false, false, false, false, false])
  silent.destroy()
})

test('who reads nothing for 30 seconds is closed, who reads slowly is not', async () => {
  const clock = new ManualClock()
  const server = await serverWith({ clock, serve: largeOrEcho, answerMemoryBytes: 1e9 })
  const [silent, slow] = [askAndNotRead(server, 1), askAndNotRead(server, 1)]
  await eventually(() => server.answerMemoryBytes === 2 * LARGE.length)
  let sentBytes = 0
  while (sentBytes === 0 || sentBytes !== server.traffic().sentBytes) {
    ;({ sentBytes } = server.traffic()) // a part of an answer counts
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  for (let seconds = 0; seconds <= 40; seconds += 10) {
    expect(server.connectionCount).toBe(seconds < 40 ? 2 : 1)
    while (server.traffic().sentBytes === sentBytes) await readNow(slow, 100_000)
    ;({ sentBytes } = server.traffic())
    clock.advance(10_000)
    await eventually(() => server.connectionCount === (seconds < 30 ? 2 : 1))
  }
  expect(silent.destroyed).toBe(false) // it has not read that either
  silent.destroy()
  slow.destroy()
})

test('a clock that leaps closes nobody', async () => {
  const clock = new ManualClock()
  const server = await serverWith({ clock, serve: largeOrEcho, answerMemoryBytes: 1e9 })
  const reader = askAndNotRead(server, 1)
  await eventually(() => server.answerMemoryBytes === LARGE.length)
  clock.advance(3_600_000)
  expect(await read(reader, LARGE.length)).toHaveLength(LARGE.length)
})

test('dear requests of one connection are served in turns with those of others', async () => {
  const clock = new ManualClock()
  const served: { readonly body: string; readonly turn: number }[] = []
  let turn = 0
  const tick = (): void => {
    turn += 1
    if (served.length < 53) setImmediate(tick)
  }
  tick()
  const server = await serverWith({
    clock,
    kindOf: (frame) => frame[0] ?? 0,
    serve: (frame) => {
      const body = frame.bytes.toString()
      if (body === 'dear') clock.advance(100) // as long as it keeps the thread
      served.push({ body, turn })
      answerWith(frame, frame.bytes)
    },
  })
  const [busy, other] = [dial(server), dial(server)]
  const hello = [busy, other].map(async (socket) => {
    socket.write(framed('hello'))
    await once(socket, 'readable')
    socket.read()
  })
  await Promise.all(hello)
  busy.write(Buffer.concat(Array.from({ length: 50 }, () => framed('dear'))))
  other.write(framed('cheap'))
  const [answers] = await Promise.all([read(busy, 200), read(other, 5)])
  expect(answers).toHaveLength(200)
  expect(served.findIndex(({ body }) => body === 'cheap')).toBeLessThan(20)
  const dear = served.filter(({ body }) => body === 'dear')
  expect(new Set(dear.map((one) => one.turn)).size).toBeGreaterThanOrEqual(49)
})
