import { createServer, type Server, type Socket } from 'node:net'

import { errnoOf, type Logger, PafkaError } from '@pafka/base'

/** Where to listen, and how many may come. */
export interface ListenerOptions {
  readonly name: string
  /** Empty or `0.0.0.0` / `::` for every interface. */
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly backlog: number
  readonly logger: Logger
  /** Gets each accepted socket, paused and without Nagle's delay. */
  readonly onSocket: (socket: Socket) => void
}

/** One bound port. */
export class Listener {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly #server: Server

  private constructor(server: Server, options: ListenerOptions) {
    const address = server.address()
    this.name = options.name
    this.host = options.host
    this.port = typeof address === 'object' && address !== null ? address.port : options.port
    this.#server = server
  }

  /** @throws {PafkaError} `LISTEN_FAILED`, saying which address and why. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true })
    server.on('connection', options.onSocket)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(options, error)))
      server.listen(
        {
          port: options.port,
          backlog: options.backlog,
          ...(options.host && { host: options.host }),
        },
        resolve,
      )
    })
    server.removeAllListeners('error')
    server.on('error', (error) => {
      options.logger.error('accept-failed', { listener: options.name, cause: error.message })
    })
    return new Listener(server, options)
  }

  /** Accepts nobody any more. Connections that are open stay so. */
  close(): void {
    this.#server.close()
  }

  /** Lets the process end even though this port is open. */
  unref(): void {
    this.#server.unref()
  }
}

/** `LISTEN_FAILED`, in words that say what to do. */
export function listenError(
  options: { readonly host: string; readonly port: number },
  error: Error,
): PafkaError {
  const where = `${options.host || '*'}:${options.port}`
  const why: Record<string, string> = {
    EADDRINUSE: 'the port is in use; is another broker running?',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the host name is unknown',
  }
  const reason = why[errnoOf(error) ?? ''] ?? error.message
  return new PafkaError('LISTEN_FAILED', `cannot listen on ${where}: ${reason}`, { cause: error })
}
