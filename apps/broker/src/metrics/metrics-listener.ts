import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import { KIB, type Logger, SECOND_MS } from '@pafka/base'

import { listenError } from '../network/listener.ts'

/** Scrapers send a few hundred bytes. */
const MOST_HEADER_BYTES = 8 * KIB
const MOST_CONNECTIONS = 64
const RECEIVE_TIMEOUT_MS = 10 * SECOND_MS
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface MetricsListenerOptions {
  /** Empty: every address. */
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly logger: Logger
  /** Everything there is to say, in Prometheus' text format. */
  readonly text: () => Promise<string>
}

/** Answers `GET /metrics`, and nothing else. */
export class MetricsListener {
  readonly host: string
  readonly port: number
  readonly #server: Server

  private constructor(server: Server, { host, port }: MetricsListenerOptions) {
    const address = server.address()
    this.host = host
    this.port = typeof address === 'object' && address !== null ? address.port : port
    this.#server = server
  }

  /** @throws {PafkaError} `LISTEN_FAILED`, saying which address and why. */
  static async open(options: MetricsListenerOptions): Promise<MetricsListener> {
    const { host, port, logger } = options
    const server = createServer({
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: RECEIVE_TIMEOUT_MS,
      requestTimeout: RECEIVE_TIMEOUT_MS,
    })
    server.maxConnections = MOST_CONNECTIONS
    server.on('request', (request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        logger.error('metrics-failed', { cause: String(error) })
        response.destroy()
      })
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(options, error)))
      server.listen({ port, ...(host && { host }) }, resolve)
    })
    server.removeAllListeners('error')
    server.on('error', (error) => logger.error('metrics-failed', { cause: error.message }))
    return new MetricsListener(server, options)
  }

  /** Ends at once, whoever is being answered. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { text }: MetricsListenerOptions,
): Promise<void> {
  const [path] = (request.url ?? '').split('?')
  if (path !== '/metrics') {
    refuse(response, 404, 'There is only /metrics here.')
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    refuse(response, 405, 'Metrics are only read.')
  } else {
    const body = await text()
    response.writeHead(200, {
      'Content-Type': CONTENT_TYPE,
      'Content-Length': Buffer.byteLength(body),
    })
    response.end(body) // Node leaves it out of the answer to HEAD
  }
}

/** The connection ends with it: a body that may follow is read by nobody. */
function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' })
  response.end(`${why}\n`)
}
