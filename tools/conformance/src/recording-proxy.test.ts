import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'

import { expect, test } from 'vitest'

import { GoldenFrames, type Frame } from './golden-frames.ts'
import { RecordingProxy } from './recording-proxy.ts'
import { int16, int32, string } from './referee/wire.ts'
import { until } from './referee/referee.ts'

const sized = (frame: Buffer): Buffer => Buffer.concat([int32(frame.length), frame])

/** Metadata version 1, as a client asks for everything. */
const request = Buffer.concat([int16(3), int16(1), int32(77), string('me'), int32(-1)])
const response = Buffer.concat([int32(77), Buffer.from('brokers and topics')])

/** Answers whatever comes with the one response. */
async function startAnswering(): Promise<{ server: Server; address: string }> {
  const server = createServer((socket) => {
    socket.once('data', () => socket.write(sized(response)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('a proxy hands on whole frames of both directions, however they come in pieces', async () => {
  const { server, address } = await startAnswering()
  await using proxy = await RecordingProxy.listen('127.0.0.1:0', address)
  const frames: Frame[] = []
  proxy.sink = { take: (frame) => frames.push(frame) }
  const socket = connect(proxy.port, '127.0.0.1').setNoDelay(true)
  for (const byte of sized(request)) socket.write(Buffer.from([byte]))
  await until(() => frames.length === 2, 'two frames')
  expect(frames).toEqual([
    { direction: 'request', apiKey: 3, apiVersion: 1, frame: request },
    { direction: 'response', apiKey: 3, apiVersion: 1, frame: response },
  ])
  socket.destroy()
  server.close()
})

test('of each API, version and direction the largest frame of at most 4 KiB is kept', () => {
  const golden = new GoldenFrames()
  const take = (bytes: number, apiVersion: number): void =>
    golden.take({ direction: 'request', apiKey: 1, apiVersion, frame: Buffer.alloc(bytes) })
  for (const bytes of [10, 4096, 4097, 20]) take(bytes, 4)
  take(7, 11)
  const kept = golden.lines('me').map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(kept.map(({ apiVersion, base64 }) => [apiVersion, String(base64).length])).toEqual([
    [4, 5464],
    [11, 12],
  ])
})
