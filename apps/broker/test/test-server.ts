import { connect, type Socket } from 'node:net'

import { silentLogger, systemClock } from '@pafka/base'
import { onTestFinished } from 'vitest'

import type { ReceivedFrame } from '../src/network/connection.ts'
import { Server, type ServerOptions } from '../src/network/server.ts'

export const LOCALHOST = '127.0.0.1'

/** A listening server that echoes frames, closed when the test ends. */
export async function serverWith(options: Partial<ServerOptions>): Promise<Server> {
  const server = new Server({
    listeners: [{ name: 'PLAINTEXT', host: LOCALHOST, port: 0 }],
    backlog: 50,
    maxConnections: 1000,
    maxConnectionsPerIp: 1000,
    maxRequestBytes: 1_000_000,
    requestMemoryBytes: 10_000_000,
    answerMemoryBytes: 10_000_000,
    idleMs: 600_000,
    clock: systemClock,
    logger: silentLogger,
    serve: (frame) => answerWith(frame, frame.bytes),
    kindOf: () => 0,
    servedAlone: () => false,
    stores: () => false,
    storage: { pressure: 0 },
    pace: () => 0,
    admit: () => 0,
    afterRead: () => {},
    ...options,
  })
  await server.listen()
  onTestFinished(() => server.close(0))
  return server
}

export function answerWith(frame: ReceivedFrame, bytes: Uint8Array): void {
  frame.slot.complete([Buffer.from(bytes)])
  frame.release('reuse')
}

export function dial(server: Server): Socket {
  const socket = connect(server.listeners[0]?.port ?? 0, LOCALHOST)
  socket.on('error', () => {}) // a reset is how some of these end
  return socket
}

/** int32 size, then the bytes. */
export function framed(body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body)
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

/** At least so many bytes, if the server does not close before; the socket is at its end then. */
export async function read(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length >= bytes) break
  }
  return Buffer.concat(chunks)
}

export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}
