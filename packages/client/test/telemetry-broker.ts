import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

import type { ManualClock } from '@pafka/testing'
import {
  type Api,
  ApiVersions,
  Compression,
  decodeRequestHeader,
  decompress,
  encodeResponseFrame,
  ErrorCode,
  type FrameHeader,
  GetTelemetrySubscriptions,
  type GetTelemetrySubscriptionsResponse,
  PushTelemetry,
  type PushTelemetryRequest,
  WireReader,
} from '@pafka/protocol'

import { type DecodedMetric, decodeOtlp } from './decode-otlp.ts'
import { frames } from './frames.ts'

const MOST_BYTES = 1_048_576
const STEP_MS = 10

export const INSTANCE_ID = 'bm90aGluZyBidXQgYW4gaQ'
/** All, every 100 ms. */
export const ALL: GetTelemetrySubscriptionsResponse = {
  throttleTimeMs: 0,
  errorCode: ErrorCode.NONE,
  clientInstanceId: INSTANCE_ID,
  subscriptionId: 1,
  acceptedCompressionTypes: [Compression.zstd],
  pushIntervalMs: 100,
  telemetryMaxBytes: MOST_BYTES,
  deltaTemporality: false,
  requestedMetrics: [''],
}

/** What a client said to it. */
export type Said =
  | { readonly asked: string }
  | { readonly pushed: PushTelemetryRequest; readonly metrics: readonly DecodedMetric[] }

/** A broker that knows of nothing but telemetry, and answers as it is told. */
export class TelemetryBroker implements AsyncDisposable {
  /** Told to who asks. */
  offer: GetTelemetrySubscriptionsResponse = ALL
  /** Told to who pushes; undefined: nothing at all. */
  answer: number | undefined = ErrorCode.NONE
  /** What it takes part in. */
  apis: readonly Pick<Api<never, never>, 'key' | 'minVersion' | 'maxVersion'>[] = [
    ...[ApiVersions, GetTelemetrySubscriptions, PushTelemetry],
  ]
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #said: Said[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      frames(socket, (frame) => this.#answer(socket, frame))
    })
  }

  static async start(): Promise<TelemetryBroker> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TelemetryBroker(server)
  }

  get bootstrap(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What was said since the last time; time goes on until something was. */
  async heard(clock: ManualClock): Promise<Said> {
    await passes(clock, () => this.#said.length > 0)
    const [said = { asked: '' }] = this.#said.splice(0, 1)
    return said
  }

  /** As `heard`, of a push. */
  async pushed(clock: ManualClock): Promise<Extract<Said, { metrics: unknown }>> {
    const said = await this.heard(clock)
    if ('asked' in said) throw new Error('it asked')
    return said
  }

  get isSilent(): boolean {
    return this.#said.length === 0
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(socket: Socket, frame: Buffer): void {
    const reader = new WireReader(frame)
    const header = decodeRequestHeader(reader)
    const { apiKey, apiVersion } = header
    if (apiKey === ApiVersions.key) {
      const apiKeys = this.apis.map((api) => ({ ...api, apiKey: api.key }))
      reply(socket, header, ApiVersions, { errorCode: 0, apiKeys, throttleTimeMs: 0 })
    } else if (apiKey === GetTelemetrySubscriptions.key) {
      const asked = GetTelemetrySubscriptions.request.decode(reader, apiVersion)
      this.#said.push({ asked: asked.clientInstanceId })
      reply(socket, header, GetTelemetrySubscriptions, this.offer)
    } else {
      const pushed = PushTelemetry.request.decode(reader, apiVersion)
      this.#said.push({ pushed, metrics: metricsOf(pushed) })
      if (this.answer === undefined) return
      reply(socket, header, PushTelemetry, { throttleTimeMs: 0, errorCode: this.answer })
    }
  }
}

/** Time goes on, step by step, until it is so. @returns how much of it went */
export async function passes(clock: ManualClock, isSo: () => boolean): Promise<number> {
  const beganMs = clock.nowMs()
  while (!isSo()) {
    // oxlint-disable-next-line no-await-in-loop -- what comes by sockets has its turn
    await new Promise(setImmediate)
    if (!isSo()) clock.advance(STEP_MS)
  }
  return clock.nowMs() - beganMs
}

function reply<Request, Response>(
  socket: Socket,
  { apiVersion, correlationId }: FrameHeader,
  api: Api<Request, Response>,
  response: Response,
): void {
  const pieces = encodeResponseFrame(api, apiVersion, correlationId, response)
  socket.write(Buffer.concat(pieces))
}

function metricsOf({ compressionType, metrics }: PushTelemetryRequest): DecodedMetric[] {
  const decoded = decodeOtlp(decompress(compressionType, metrics, MOST_BYTES))
  const resources = decoded.resource_metrics ?? []
  return resources.flatMap((one) => one.scope_metrics.flatMap((scope) => scope.metrics))
}
