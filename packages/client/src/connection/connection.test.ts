import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { type Clock, systemClock } from '@pafka/base'
import { encodeResponseFrame, Metadata, type MetadataResponse, ZERO_UUID } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { afterEach, expect, test } from 'vitest'

import { frames } from '../../test/frames.ts'
import { refusal } from '../../test/refusal.ts'
import { Connection } from './connection.ts'

const REQUEST = {
  topics: [],
  allowAutoTopicCreation: false,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false,
}

const opened: (() => void)[] = []

afterEach(() => {
  for (const close of opened.splice(0)) close()
})

/** A broker that says what it is told to, to each connection. */
async function peer(serve: (socket: Socket) => void, clock = systemClock): Promise<Connection> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    opened.push(() => socket.destroy())
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = new Connection({
    address: { host: '127.0.0.1', port },
    ...{ clientId: 'test', tls: undefined, clock },
  })
  opened.push(
    () => server.close(),
    () => connection.close(),
  )
  await connection.opened()
  return connection
}

function ask(connection: Connection, timeoutMs = 10_000): Promise<MetadataResponse> {
  return connection.send({ api: Metadata, version: 12, request: REQUEST, timeoutMs })
}

function answer(correlationId: number, throttleTimeMs = 0): Buffer {
  const response = {
    ...{ throttleTimeMs, brokers: [], clusterId: `c${correlationId}`, controllerId: 1, topics: [] },
    ...{ clusterAuthorizedOperations: 0, errorCode: 0 },
  }
  return Buffer.concat(encodeResponseFrame(Metadata, 12, correlationId, response))
}

test('answers find their requests, however the bytes arrive', async () => {
  const connection = await peer((socket) => {
    const bytes = Buffer.concat([answer(0), answer(1), answer(2)])
    for (const byte of bytes) socket.write(Buffer.of(byte))
  })
  const answers = await Promise.all([ask(connection), ask(connection), ask(connection)])
  expect(answers.map(({ clusterId }) => clusterId)).toEqual(['c0', 'c1', 'c2'])
  expect(connection.inFlight).toBe(0)
})

test('an answer that is none ends the connection, and all who wait for one', async () => {
  const connection = await peer((socket) => {
    socket.write(Buffer.from([0, 0, 0, 8, 0, 0, 0, 0, 255, 255, 255, 255]))
  })
  const [first, second] = [ask(connection), ask(connection)]
  expect(await refusal(first)).toMatchObject({ code: 'BAD_RESPONSE', kind: 'retriable' })
  expect(await refusal(second)).toMatchObject({ code: 'CONNECTION_LOST', kind: 'retriable' })
  expect(connection.isClosed).toBe(true)
})

test.each([
  ['an answer to another request', answer(7)],
  ['a web page', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a frame of a negative size', Buffer.from([255, 255, 255, 255])],
])('%s ends the connection', async (_, bytes) => {
  const connection = await peer((socket) => void socket.write(bytes))
  expect(await refusal(ask(connection))).toMatchObject({ code: 'CONNECTION_LOST' })
})

test('an answer nobody asked for ends the connection', async () => {
  const closed = Promise.withResolvers<unknown>()
  const server = createServer((socket) => void socket.write(answer(0)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const connection = new Connection({
    address: { host: '127.0.0.1', port },
    ...{ clientId: 'test', tls: undefined, clock: systemClock, onClose: closed.resolve },
  })
  await connection.opened()
  expect(await closed.promise).toMatchObject({ code: 'CONNECTION_LOST' })
})

test('an end is told at once, and once', async () => {
  const ends: unknown[] = []
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const connection = new Connection({
    address: { host: '127.0.0.1', port },
    ...{ clientId: 'test', tls: undefined, clock: systemClock },
    onClose: (cause) => ends.push(cause.code),
  })
  await connection.opened()
  connection.close()
  expect(ends).toEqual(['CONNECTION_LOST'])
  await new Promise(setImmediate)
  connection.close()
  expect(ends).toHaveLength(1)
})

test('who closes is told of, and nothing can be sent after', async () => {
  const connection = await peer((socket) => socket.end())
  expect(await refusal(ask(connection))).toMatchObject({ code: 'CONNECTION_LOST' })
  expect(await refusal(ask(connection))).toMatchObject({ code: 'CONNECTION_LOST' })
})

test('nobody there is told of, with the cause', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const connection = new Connection({
    address: { host: '127.0.0.1', port },
    ...{ clientId: 'test', tls: undefined, clock: systemClock },
  })
  const error = await refusal(connection.opened())
  expect(error).toMatchObject({ code: 'CONNECTION_LOST', cause: { code: 'ECONNREFUSED' } })
})

test('the first answer that is late ends the connection', async () => {
  const clock = new ManualClock()
  const connection = await peer(() => {}, clock)
  const slow = refusal(ask(connection, 1000))
  const quick = refusal(ask(connection, 500))
  clock.advance(499)
  expect(connection.isClosed).toBe(false)
  clock.advance(1)
  expect(await quick).toMatchObject({ code: 'REQUEST_TIMED_OUT', kind: 'retriable' })
  expect(await slow).toMatchObject({ code: 'CONNECTION_LOST' })
})

test('while a broker throttles its answers have more time', async () => {
  const clock = new ManualClock()
  const connection = await peer((socket) => void socket.write(answer(0, 5000)), clock)
  const late = ask(connection, 1000)
  const behind = refusal(ask(connection, 1000))
  await late
  clock.advance(5999)
  expect(connection.isClosed).toBe(false)
  clock.advance(1)
  expect(await behind).toMatchObject({ code: 'REQUEST_TIMED_OUT' })
})

test('while one has the connection to itself others wait, in their order', async () => {
  let next = 0
  const connection = await peer((socket) => {
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
        socket.write(answer(next++))
      }
    })
  })
  const order: string[] = []
  const hold = connection.hold()
  const others = [ask(connection), ask(connection)].map(async (one) => {
    order.push((await one).clusterId ?? '')
  })
  const call = { api: Metadata, version: 12, request: REQUEST, timeoutMs: 1000 }
  order.push((await hold.send(call)).clusterId ?? '')
  expect(connection.inFlight).toBe(0)
  hold[Symbol.dispose]()
  await Promise.all(others)
  expect(order).toEqual(['c0', 'c1', 'c2'])
})

test.each(['send', 'post'] as const)('nobody goes before those who waited: %s', async (how) => {
  const order: number[] = []
  const all = Promise.withResolvers<void>()
  const connection = await peer((socket) => {
    frames(socket, (frame) => {
      order.push(frame.readInt16BE(2))
      if (order.length === 24) all.resolve()
    })
  })
  const hold = connection.hold()
  /** Which one it is, its version says. */
  const go = (version: number): void => {
    const call = { api: Metadata, version, request: REQUEST, timeoutMs: 10_000 }
    void connection[how](call).catch(() => {})
  }
  for (let version = 0; version < 4; version++) go(version)
  hold[Symbol.dispose]()
  // others come while what was held is let go
  for (let version = 4; version < 14; version++) {
    go(Math.min(version, 12))
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await Promise.resolve()
  }
  for (let version = 0; version < 10; version++) go(12)
  await all.promise
  expect(order).toEqual([...order].toSorted((one, other) => one - other))
})

test('what is not answered is borrowed until it is gone', async () => {
  const { promise: came, resolve } = Promise.withResolvers<Socket>()
  const connection = await peer((socket) => {
    socket.pause()
    resolve(socket)
  })
  const socket = await came
  // more than a socket takes that nobody reads
  const topics = Array.from({ length: 400 }, () => ({
    topicId: ZERO_UUID,
    name: 'x'.repeat(30_000),
  }))
  const post = async (): Promise<boolean> => {
    const request = { ...REQUEST, topics }
    await connection.post({ api: Metadata, version: 12, request, timeoutMs: 10_000 })
    return true
  }
  const posted = post()
  expect(await Promise.race([posted, delay(50)])).toBe(undefined)
  socket.resume()
  expect(await posted).toBe(true)
  socket.pause()
  const cut = post()
  await delay(50)
  socket.destroy()
  expect(await refusal(cut)).toMatchObject({ code: 'CONNECTION_LOST', kind: 'retriable' })
})

test('a request whose time is up already times out, and no timer is set for the past', async () => {
  const delays: number[] = []
  const clock: Clock = {
    ...systemClock,
    setTimer: (delayMs, action) => {
      delays.push(delayMs)
      return systemClock.setTimer(delayMs, action)
    },
  }
  const connection = await peer((socket) => socket.resume(), clock)
  expect(await refusal(ask(connection, -50))).toMatchObject({ code: 'REQUEST_TIMED_OUT' })
  expect(delays).toEqual([0])
})
