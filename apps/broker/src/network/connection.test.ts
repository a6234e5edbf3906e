import type { Socket } from 'node:net'

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { answerWith, dial, eventually, framed, serverWith } from '../../test/test-server.ts'
import type { Connection } from './connection.ts'
import type { Server, ServerOptions } from './server.ts'

const IDLE_MS = 10_000

/** Frames that begin with `p` are produce requests; every frame is echoed. */
class Stage {
  readonly clock = new ManualClock()
  readonly storage = { pressure: 0 }
  readonly served: string[] = []
  readonly connections: Connection[] = []

  open(options: Partial<ServerOptions> = {}): Promise<Server> {
    return serverWith({
      clock: this.clock,
      storage: this.storage,
      idleMs: IDLE_MS,
      stores: (frame) => frame[0] === 'p'.charCodeAt(0),
      serve: (frame) => {
        this.served.push(frame.bytes.toString('latin1', 0, 8))
        this.connections.push(frame.connection)
        answerWith(frame, frame.bytes)
      },
      ...options,
    })
  }
}

/** Sends a frame and waits for its echo. */
function echo(socket: Socket, body: string): Promise<void> {
  socket.write(framed(body))
  return new Promise((resolve) => {
    let length = 0
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length < body.length) return
      socket.off('data', onData)
      resolve()
    }
    socket.on('data', onData)
  })
}

/** Long enough for bytes on the way to be read by a server that reads. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

test('at the bound producers wait and readers go on; below it the producers go on', async () => {
  const stage = new Stage()
  const server = await stage.open()
  const [producer, newcomer, reader] = [dial(server), dial(server), dial(server)]
  await echo(producer, 'p1')
  stage.storage.pressure = 1
  const late = [echo(producer, 'p2'), echo(newcomer, 'p3')]
  await eventually(() => server.heldConnections === 2)
  await echo(reader, 'fetch')
  await aWhile()
  await echo(reader, 'fetch')
  expect(stage.served).toEqual(['p1', 'fetch', 'fetch'])
  stage.storage.pressure = 0.5
  stage.clock.advance(5)
  await Promise.all(late)
  expect(stage.served.toSorted()).toEqual(['fetch', 'fetch', 'p1', 'p2', 'p3'])
  expect(server.heldConnections).toBe(0)
})

test('who produced lately is not read at all while storage is behind', async () => {
  const stage = new Stage()
  const server = await stage.open()
  const [lately, once, trigger] = [dial(server), dial(server), dial(server)]
  await echo(once, 'p1')
  stage.clock.advance(11_000)
  await echo(lately, 'p2')
  stage.storage.pressure = 3
  trigger.write(framed('p3'))
  await eventually(() => server.heldConnections === 2)
  const unread = echo(lately, 'metadata')
  await echo(once, 'fetch')
  expect(stage.served).toEqual(['p1', 'p2', 'fetch'])
  stage.storage.pressure = 0
  stage.clock.advance(5)
  await unread
})

test('a producer that waits is not idle, and is not idle at once when it goes on', async () => {
  const stage = new Stage()
  const server = await stage.open()
  const [producer, idle] = [dial(server), dial(server)]
  await echo(producer, 'p1')
  await echo(idle, 'fetch')
  stage.storage.pressure = 1
  const late = echo(producer, 'p2')
  await eventually(() => server.heldConnections === 1)
  stage.clock.advance(10 * IDLE_MS)
  await eventually(() => server.connectionCount === 1)
  stage.storage.pressure = 0
  stage.clock.advance(5)
  await late
  stage.clock.advance(IDLE_MS / 2)
  expect(server.connectionCount).toBe(1)
})

test('a muted connection is neither read nor served until its time is up', async () => {
  const stage = new Stage()
  const server = await stage.open()
  const [muted, other] = [dial(server), dial(server)]
  await echo(muted, 'one')
  const [connection] = stage.connections
  connection?.mute(1000)
  connection?.mute(400) // the one that ends last counts
  const late = echo(muted, 'two')
  await aWhile()
  await echo(other, 'other')
  stage.clock.advance(999)
  await aWhile()
  expect(stage.served).toEqual(['one', 'other'])
  stage.clock.advance(1)
  await late
  expect(stage.served).toEqual(['one', 'other', 'two'])
})

test('requests that came together wait behind a mute too, and keep their order', async () => {
  const stage = new Stage()
  const server = await stage.open({
    serve: (frame) => {
      stage.served.push(frame.bytes.toString())
      frame.connection.mute(100)
      answerWith(frame, frame.bytes)
    },
  })
  const socket = dial(server)
  const said: string[] = []
  socket.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  socket.write(Buffer.concat(['a', 'b', 'c'].map(framed)))
  for (const count of [1, 2, 3]) {
    await eventually(() => said.join('').length === count)
    expect(stage.served).toHaveLength(count)
    stage.clock.advance(100)
  }
  expect(said.join('')).toBe('abc')
})

test('large requests that wait leave readers their memory, and have a bound', async () => {
  const stage = new Stage()
  const server = await stage.open({ requestMemoryBytes: 400_000 })
  stage.storage.pressure = 1
  const large = `p${'x'.repeat(149_000)}`
  const producers = [dial(server), dial(server)]
  for (const producer of producers) producer.write(framed(large))
  await eventually(() => server.heldConnections === 2)
  const oneTooMany = dial(server)
  oneTooMany.write(framed(large))
  await new Promise((resolve) => oneTooMany.once('close', resolve))
  const reader = dial(server)
  await echo(reader, 'fetch')
  stage.storage.pressure = 0
  stage.clock.advance(5)
  await eventually(() => stage.served.length === 3)
  expect(producers.every((producer) => !producer.destroyed)).toBe(true)
})

test('connections that close while they wait leave nothing behind', async () => {
  const stage = new Stage()
  const server = await stage.open()
  stage.storage.pressure = 1
  const producer = dial(server)
  producer.write(framed('p1'))
  await eventually(() => server.heldConnections === 1)
  server.dropConnections()
  await eventually(() => server.connectionCount === 0)
  expect(server.heldConnections).toBe(0)
  stage.storage.pressure = 0
  stage.clock.advance(5)
  await echo(dial(server), 'p2')
  expect(stage.served).toEqual(['p2'])
})

test('memory of a frame that is ended twice is given to one other frame', async () => {
  const stage = new Stage()
  const memories: ArrayBufferLike[] = []
  const server = await stage.open({
    serve: (frame) => {
      memories.push(frame.bytes.buffer)
      if (memories.length > 1) return // kept
      frame.release('reuse')
      frame.release('reuse')
    },
  })
  const socket = dial(server)
  const large = 'y'.repeat(100_000)
  for (let sent = 0; sent < 3; sent++) socket.write(framed(large))
  await eventually(() => memories.length === 3)
  expect(memories[1] === memories[0]).toBe(true)
  expect(memories[2] === memories[0]).toBe(false)
})

/** Requests that begin with `l` take three turns, what is done is noted. */
function inParts(stage: Stage, steps: string[]): Partial<ServerOptions> {
  return {
    serve: (frame) => {
      const name = frame.bytes.toString('latin1', 0, 2)
      const step = (left: number): void => {
        steps.push(`${name}${left}`)
        stage.clock.advance(5) // more than one turn of the event loop has
        if (left === 0) answerWith(frame, frame.bytes)
        else frame.connection.goOnLater(0, () => step(left - 1))
      }
      step(name.startsWith('l') ? 2 : 0)
    },
  }
}

test('a long request is worked on in parts, and only its own connection waits for it', async () => {
  const stage = new Stage()
  const steps: string[] = []
  const server = await stage.open(inParts(stage, steps))
  const [one, other] = [dial(server), dial(server)]
  await echo(other, 'o1')
  const long = echo(one, 'l1')
  one.write(framed('o2'))
  const quick = echo(other, 'o3')
  await Promise.all([long, quick])
  await eventually(() => steps.length === 6)
  const ofOne = steps.filter((step) => /l1|o2/.test(step))
  expect(ofOne).toEqual(['l12', 'l11', 'l10', 'o20'])
  expect(steps.indexOf('o30')).toBeLessThan(steps.indexOf('l10'))
})

test('a long request that came wholly is done wholly when its connection is gone', async () => {
  const stage = new Stage()
  const steps: string[] = []
  let flushes = 0
  const { serve } = inParts(stage, steps)
  const server = await stage.open({
    serve: (frame) => {
      serve?.(frame)
      frame.connection.destroy()
    },
    afterRead: () => void (flushes += 1),
  })
  dial(server).write(framed('l1'))
  await eventually(() => steps.length === 3)
  expect(steps).toEqual(['l12', 'l11', 'l10'])
  await eventually(() => flushes >= 2)
})
