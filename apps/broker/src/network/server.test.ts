import type { Socket } from 'node:net'

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import {
  answerWith,
  dial,
  eventually,
  framed,
  LOCALHOST,
  read,
  serverWith,
} from '../../test/test-server.ts'
import type { ReceivedFrame } from './connection.ts'

/** Everything until the server closes. */
const readAll = (socket: Socket): Promise<Buffer> => read(socket, Number.POSITIVE_INFINITY)

test('answers leave in the order of the requests, not of the work', async () => {
  const held: ReceivedFrame[] = []
  const server = await serverWith({
    serve: (received) => {
      held.push(received)
      if (held.length < 3) return
      for (const each of held.toReversed()) answerWith(each, each.bytes)
    },
  })
  const socket = dial(server)
  socket.write(Buffer.concat([framed('a'), framed('b'), framed('c')]))
  expect((await read(socket, 3)).toString()).toBe('abc')
})

test('frames larger than any read arrive whole', async () => {
  const server = await serverWith({})
  const socket = dial(server)
  const large = Buffer.alloc(900_000, 'x')
  socket.write(framed(large))
  socket.write(framed('tail'))
  const echoed = await read(socket, large.length + 4)
  expect(echoed.equals(Buffer.concat([large, Buffer.from('tail')]))).toBe(true)
})

test('an HTTP client is told so in HTTP', async () => {
  const socket = dial(await serverWith({}))
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect((await readAll(socket)).toString()).toMatch(/^HTTP\/1\.1 400 .*\r\n[^]*Kafka port/)
})

test('a TLS client gets an alert', async () => {
  const socket = dial(await serverWith({}))
  socket.write(Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 3]))
  expect([...(await readAll(socket))]).toEqual([21, 3, 1, 0, 2, 2, 70])
})

test.each([
  ['claims 2 GiB', Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2])],
  ['has a negative size', Buffer.from([0xff, 0xff, 0xff, 0xff])],
])('a frame that %s closes its connection only', async (_what, bytes) => {
  const server = await serverWith({})
  const [bad, good] = [dial(server), dial(server)]
  bad.write(bytes)
  expect(await readAll(bad)).toHaveLength(0)
  good.write(framed('still here'))
  expect((await read(good, 10)).toString()).toBe('still here')
})

test('half a frame holds its connection, and nobody else', async () => {
  const server = await serverWith({})
  const [half, whole] = [dial(server), dial(server)]
  half.write(framed('never finished').subarray(0, 9))
  whole.write(framed('done'))
  expect((await read(whole, 4)).toString()).toBe('done')
  expect(server.connectionCount).toBeGreaterThan(0)
})

test('a client that reads nothing is served no further, and others are', async () => {
  let served = 0
  const answer = Buffer.alloc(500_000)
  const server = await serverWith({
    serve: (received) => {
      served += 1
      answerWith(received, answer)
    },
  })
  const silent = dial(server)
  silent.pause()
  silent.write(Buffer.concat(Array.from({ length: 5000 }, () => framed('more'))))
  await eventually(() => served > 3)
  const before = served
  const reader = dial(server)
  reader.write(framed('me too'))
  expect((await read(reader, answer.length)).length).toBeGreaterThanOrEqual(answer.length)
  expect(served).toBeLessThan(before + 40) // kernel buffers and 1 MiB of ours, not 5,000 answers
  silent.destroy()
})

test('requests above the memory budget wait for room, none is lost', async () => {
  const held: ReceivedFrame[] = []
  const server = await serverWith({
    requestMemoryBytes: 100_000,
    serve: (received) => held.push(received),
  })
  const sockets = Array.from({ length: 5 }, () => dial(server))
  for (const socket of sockets) socket.write(framed(Buffer.alloc(90_000)))
  await eventually(() => held.length > 0)
  let answered = 0
  while (answered < sockets.length) {
    await eventually(() => held.length > 0)
    const next = held.shift()
    if (next !== undefined) answerWith(next, Buffer.from('k'))
    answered += 1
  }
  expect((await Promise.all(sockets.map((socket) => read(socket, 1)))).join('')).toBe('kkkkk')
})

test('an idle connection is closed, one with a request in work is not', async () => {
  const clock = new ManualClock()
  const server = await serverWith({ clock, idleMs: 10_000, serve: () => {} })
  const [idle, waiting] = [dial(server), dial(server)]
  waiting.write(framed('long poll'))
  const closed = readAll(idle)
  await eventually(() => server.connectionCount === 2)
  await new Promise((resolve) => setTimeout(resolve, 20))
  clock.advance(30_000)
  await closed
  await eventually(() => server.connectionCount === 1)
  expect(waiting.destroyed).toBe(false)
})

test('connections above the limits are refused, in total and per address', async () => {
  for (const limit of [{ maxConnections: 2 }, { maxConnectionsPerIp: 2 }]) {
    const server = await serverWith(limit)
    const kept = [dial(server), dial(server)]
    await eventually(() => server.connectionCount === 2)
    expect(await readAll(dial(server))).toHaveLength(0)
    expect(server.connectionCount).toBe(2)
    for (const socket of kept) socket.destroy()
    await eventually(() => server.connectionCount === 0)
  }
})

test('a port in use is said in one clear error', async () => {
  const first = await serverWith({})
  const port = first.listeners[0]?.port ?? 0
  const listeners = [{ name: 'PLAINTEXT', host: LOCALHOST, port }]
  await expect(serverWith({ listeners })).rejects.toThrow(
    `${LOCALHOST}:${port}: the port is in use`,
  )
})
