import { type Clock, DecodeError, InvariantViolation, type Logger } from '@pafka/base'
import {
  ApiVersions,
  decodeRequestHeader,
  encodeResponseFrame,
  ErrorCode,
  Produce,
  type FrameHeader,
  WireReader,
} from '@pafka/protocol'

import type { Connection, ReceivedFrame } from '../network/connection.ts'
import type { BorrowedMemory } from '../network/response-queue.ts'
import type { ClientQuotas } from '../quotas/client-quotas.ts'
import { RequestTimer } from '../quotas/request-timer.ts'
import type { HandlerContext } from './handler-context.ts'
import {
  type ClientSoftware,
  NO_RESPONSE,
  type RequestHandler,
  type RequestOrigin,
} from './handler.ts'
import { withThrottleTime } from './throttle.ts'
import type { RequestInterceptor } from './request-interceptor.ts'

export interface DispatcherOptions {
  readonly handlers: ReadonlyMap<number, RequestHandler>
  readonly context: HandlerContext
  readonly interceptor: RequestInterceptor
  readonly logger: Logger
  /** Told of every request that was answered, and how long it took; absent: nobody measures. */
  readonly onAnswered?: OnAnswered | undefined
  /** Called on a bug of ours; nothing after it can be trusted. */
  readonly onInvariantViolation: (error: InvariantViolation) => void
}

type OnAnswered = (apiKey: number, tookMs: number) => void

interface Stopwatch {
  readonly clock: Clock
  readonly onAnswered: OnAnswered
}

/** Kafka's name for whoever has not said who he is. */
const ANONYMOUS = 'ANONYMOUS'

/** Takes whole frames to their handlers, and the handlers' answers back to their place. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #stopwatch: Stopwatch | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    const { onAnswered, context } = options
    this.#stopwatch = onAnswered && { clock: context.clock, onAnswered }
  }

  /** Never throws: whatever is wrong with a frame is settled here. */
  serve(frame: ReceivedFrame): void {
    const reader = new WireReader(frame.bytes)
    try {
      const header = decodeRequestHeader(reader)
      const handler = this.#options.handlers.get(header.apiKey)
      if (handler === undefined) {
        throw new DecodeError(`API key ${header.apiKey} is not served`)
      }
      const { context } = this.#options
      const timer = context.quotas.timesRequests ? new RequestTimer(context.clock) : undefined
      const service = { handler, stopwatch: this.#stopwatch, quotas: context.quotas, timer }
      const request = new ServedRequest(frame, header, service)
      try {
        this.#answer(request, reader)
      } catch (error) {
        this.#failed(frame, error, request)
      } finally {
        timer?.pause()
      }
    } catch (error) {
      this.#failed(frame, error)
    }
  }

  #answer(request: ServedRequest, reader: WireReader): void {
    const { handler, header } = request
    if (header.apiVersion < handler.minVersion || header.apiVersion > handler.maxVersion) {
      this.#answerWrongVersion(request, reader)
      return
    }
    const decoded = handler.api.request.decode(reader, header.apiVersion)
    const { context, interceptor } = this.#options
    const answered =
      interceptor.intercept === undefined
        ? handler.answer(decoded, context, request)
        : interceptor.intercept(handler, decoded, context, request)
    if (!(answered instanceof Promise)) {
      request.complete(answered)
      return
    }
    answered.then(
      (response) => this.#complete(request, response),
      (error: unknown) => this.#failed(request.frame, error, request),
    )
  }

  #complete(request: ServedRequest, response: unknown): void {
    try {
      request.complete(response)
    } catch (error) {
      this.#failed(request.frame, error, request)
    }
  }

  /**
   * Any version of ApiVersions gets an answer, in version 0, which every client can read (KIP-511).
   */
  #answerWrongVersion(request: ServedRequest, reader: WireReader): void {
    const { handler, header } = request
    const legacy = handler.answerLegacy?.(reader, header, request)
    if (legacy !== undefined) {
      request.completeRaw(legacy)
      return
    }
    if (header.apiKey !== ApiVersions.key) {
      throw new DecodeError(`${handler.api.name} version ${header.apiVersion} is not served`)
    }
    const errorCode = ErrorCode.UNSUPPORTED_VERSION
    const apiKeys = this.#options.context.advertisedApis
    const response = { errorCode, apiKeys, throttleTimeMs: 0 }
    request.completeRaw(encodeResponseFrame(ApiVersions, 0, header.correlationId, response))
  }

  #failed(frame: ReceivedFrame, error: unknown, request?: ServedRequest): void {
    const { logger, onInvariantViolation } = this.#options
    if (error instanceof DecodeError) frame.connection.refuse(error.message)
    else {
      const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
      logger.error('request-failed', { from: frame.connection.remoteAddress, cause })
      frame.connection.destroy()
    }
    frame.slot.complete([], request?.borrowed)
    frame.release('forget')
    if (error instanceof InvariantViolation) onInvariantViolation(error)
  }
}

interface Service {
  readonly handler: RequestHandler
  readonly stopwatch: Stopwatch | undefined
  readonly quotas: ClientQuotas
  /** Absent where no time is to be measured. */
  readonly timer: RequestTimer | undefined
}

/** A request on its way through a handler. */
class ServedRequest implements RequestOrigin {
  readonly frame: ReceivedFrame
  readonly header: FrameHeader
  readonly handler: RequestHandler
  readonly #stopwatch: Stopwatch | undefined
  readonly #quotas: ClientQuotas
  readonly #timer: RequestTimer | undefined
  readonly #startedMs: number
  #borrowed: BorrowedMemory | undefined

  constructor(frame: ReceivedFrame, header: FrameHeader, service: Service) {
    this.frame = frame
    this.header = header
    this.handler = service.handler
    this.#stopwatch = service.stopwatch
    this.#quotas = service.quotas
    this.#timer = service.timer
    this.#startedMs = service.stopwatch === undefined ? 0 : service.stopwatch.clock.monotonicMs()
  }

  get apiVersion(): number {
    return this.header.apiVersion
  }
  get clientId(): string | null {
    return this.header.clientId
  }
  get principalName(): string {
    return ANONYMOUS
  }
  get requestBytes(): number {
    return this.frame.bytes.length
  }
  get connection(): Connection {
    return this.frame.connection
  }
  get connectionId(): number {
    return this.frame.connection.id
  }
  get listenerName(): string {
    return this.frame.connection.listenerName
  }
  get remoteAddress(): string {
    return this.frame.connection.remoteAddress
  }
  get remotePort(): number {
    return this.frame.connection.remotePort
  }
  get clientSoftware(): ClientSoftware | undefined {
    return this.frame.connection.clientSoftware
  }
  set clientSoftware(software: ClientSoftware | undefined) {
    this.frame.connection.clientSoftware = software
  }
  get localAddress(): string {
    return this.frame.connection.localAddress
  }
  get localPort(): number {
    return this.frame.connection.localPort
  }
  get signal(): AbortSignal {
    return this.frame.connection.signal
  }

  /** What is given back when the answer has left, if anything is. */
  get borrowed(): BorrowedMemory | undefined {
    return this.#borrowed
  }

  requestTaken(): void {
    this.frame.release('reuse')
  }

  goOnLater(work: () => void): void {
    const timer = this.#timer
    const timed = timer === undefined ? work : (): void => timer.run(work)
    this.frame.connection.goOnLater(this.header.apiKey, timed)
  }

  requestThrottleMs(): number {
    const spentMs = this.#timer?.charge()
    if (spentMs === undefined) return 0
    const throttleMs = this.#quotas.requestTook(this, spentMs)
    if (throttleMs > 0) this.mute(throttleMs)
    return throttleMs
  }

  goOnWhen(ready: Promise<void>, work: () => void): void {
    this.frame.connection.goOnWhen(this.header.apiKey, ready, work)
  }

  borrow(memory: BorrowedMemory): void {
    this.#borrowed = memory
  }

  mute(forMs: number): void {
    this.frame.connection.mute(forMs)
  }

  closeConnection(reason: string): void {
    this.frame.connection.refuse(reason)
  }

  complete(response: unknown): void {
    if (response === NO_RESPONSE) {
      this.completeRaw([])
      return
    }
    const { correlationId, apiVersion } = this.header
    const timer = this.#timer
    timer?.go() // an answer that was waited for is encoded in a later turn
    const told = withThrottleTime(response, this.requestThrottleMs())
    const frame = encodeResponseFrame(this.handler.api, apiVersion, correlationId, told)
    if (timer !== undefined) this.#quotas.requestAlsoTook(this, timer.stop())
    this.completeRaw(frame)
  }

  completeRaw(pieces: readonly Uint8Array[]): void {
    const stopwatch = this.#stopwatch
    if (stopwatch !== undefined) {
      const tookMs = stopwatch.clock.monotonicMs() - this.#startedMs
      stopwatch.onAnswered(this.header.apiKey, tookMs)
    }
    this.frame.slot.complete(pieces, this.#borrowed)
    // Only Produce is sure to keep no view of its frame; other handlers may hand theirs on.
    this.frame.release(this.header.apiKey === Produce.key ? 'reuse' : 'forget')
  }
}
