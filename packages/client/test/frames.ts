import type { Socket } from 'node:net'

import { DecodeError } from '@pafka/base'
import { decodeResponseFrame, encodeResponseFrame, Metadata } from '@pafka/protocol'

/** Calls `each` with every whole frame that comes, without its size. */
export function frames(socket: Socket, each: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const size = rest.readInt32BE(0)
      if (size < 0) throw new DecodeError('a frame has a negative size')
      each(rest.subarray(4, 4 + size))
      rest = rest.subarray(4 + size)
    }
  })
}

export function withSize(frame: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}

/** An answer to Metadata by which all brokers are at a port of this machine. */
export function movedTo(port: number, frame: Buffer, version: number): Uint8Array[] {
  const { correlationId, response } = decodeResponseFrame(Metadata, version, frame)
  const brokers = response.brokers.map((one) => ({ ...one, host: 'localhost', port }))
  return encodeResponseFrame(Metadata, version, correlationId, { ...response, brokers })
}
