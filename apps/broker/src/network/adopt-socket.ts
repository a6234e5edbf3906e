import { Socket, type SocketConstructorOpts } from 'node:net'

/** What a reader needs: where the next bytes go, and the news that they are there. */
export interface ReadTarget {
  target(): Buffer
  received(count: number): void
}

/** Members of Node's sockets that it does not document; all are checked before use. */
interface Innards {
  _handle?: object | null
  _server?: object | null
  server?: object | null
}

/**
 * Makes an accepted, paused socket read straight into the caller's memory. `net.connect` offers
 * that as `onread`, `net.Server` does not, so the accepted handle moves to a socket made with it.
 * Where Node's innards differ, the same socket is used with one copy more.
 * @param accepted fresh from a server made with `pauseOnConnect`.
 */
export function adoptSocket(accepted: Socket, reader: ReadTarget): Socket {
  const from: Innards = accepted
  const handle = from._handle
  if (handle === null || handle === undefined || !('useUserBuffer' in handle)) {
    return copyingSocket(accepted, reader)
  }
  const options: SocketConstructorOpts & { pauseOnCreate: boolean } = {
    handle: handle as never, // its type names only what may be made outside of Node
    pauseOnCreate: true,
    onread: {
      buffer: () => reader.target(),
      callback: (count) => {
        reader.received(count)
        return true
      },
    },
  }
  const socket = new Socket(options)
  const to: Innards = socket
  // The server counts its connections by these two; the old socket must not count down as well.
  to.server = from.server ?? null
  to._server = from._server ?? null
  from._handle = null
  from.server = null
  from._server = null
  return socket
}

function copyingSocket(socket: Socket, reader: ReadTarget): Socket {
  socket.on('data', (chunk: Buffer) => {
    let at = 0
    while (at < chunk.length && !socket.destroyed) {
      const copied = chunk.copy(reader.target(), 0, at)
      reader.received(copied)
      at += copied
    }
  })
  return socket
}
