import type { Socket } from 'node:net'

/**
 * Bytes that the kernel took so far. What Node itself tells grows by whole writes only, so that a
 * slow reader of one large answer would seem to read nothing for a minute. Its handle knows better;
 * that is not documented, and checked before use.
 */
export function sentBytesOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle === 'object' && handle !== null) {
    const given: unknown = Reflect.get(handle, 'bytesWritten')
    const queued: unknown = Reflect.get(handle, 'writeQueueSize')
    if (typeof given === 'number' && typeof queued === 'number') return given - queued
  }
  return socket.bytesWritten - socket.writableLength
}
