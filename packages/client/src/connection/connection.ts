import { type Clock, DecodeError, type Timer } from '@pafka/base'
import { type Api, correlationIdOf, decodeResponseFrame, encodeRequestFrame } from '@pafka/protocol'

import { connectionLost, requestTimedOut, tlsFailed } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { requestChannel } from '../watch/channels.ts'
import { addressText, type BrokerAddress, FrameSocket } from './frame-socket.ts'
import type { TlsOptions } from './tls-options.ts'
import { isTlsRefusal } from './tls-refusal.ts'

const MAX_CORRELATION_ID = 0x7fff_ffff

export interface ConnectionOptions {
  readonly address: BrokerAddress
  readonly clientId: string
  readonly tls: TlsOptions | undefined
  readonly clock: Clock
  /** Called once, when nothing comes any more. */
  readonly onClose?: (cause: KafkaError) => void
  readonly watch?: RequestWatch | undefined
}

/** A request that was sent, by the clock's `nowMs`. */
export interface SentRequest {
  readonly broker: string
  readonly apiKey: number
  readonly apiName: string
  readonly apiVersion: number
  readonly correlationId: number
  readonly sentMs: number
}

/** Who wants to know of requests. */
export interface RequestWatch {
  /** @param inFlight with those before it that have no answer yet */
  sent(broker: string, inFlight: number, sizeBytes: number): void
  /** @param throttleMs for so long the broker reads nothing more */
  answered(request: SentRequest, sizeBytes: number, throttleMs: number): void
  timedOut(request: SentRequest): void
  /** The connection ended before so many were answered. */
  unanswered?(broker: string, count: number): void
}

/** One request and how to send it. */
export interface Call<Request, Response> {
  readonly api: Api<Request, Response>
  readonly version: number
  readonly request: Request
  /** For the answer, from when it is sent. */
  readonly timeoutMs: number
}

interface Waiting {
  readonly api: Api<unknown, unknown>
  readonly version: number
  readonly correlationId: number
  readonly timeoutMs: number
  readonly resolve: (response: never) => void
  readonly reject: (error: KafkaError) => void
  readonly sentMs: number
  deadlineMs: number
}

/** The connection is somebody's alone. */
export interface ConnectionHold extends Disposable {
  readonly send: Connection['send']
}

/**
 * A connection to one broker. Requests go in the order of their calls, and are answered in that
 * order. It ends when an answer does not come in time, or is not one: what was asked may be done.
 */
export class Connection {
  readonly broker: string
  readonly #options: ConnectionOptions
  readonly #socket: FrameSocket
  /** In the order in which they were sent. */
  readonly #waiting: Waiting[] = []
  readonly #opened: Promise<void>
  #correlationId = 0
  #throttledUntilMs = 0
  /** Set while others must wait: what they send then, in the order of their coming. */
  #held: (() => void)[] | undefined
  #timer: Timer | undefined
  #timerDueMs = Infinity
  readonly #tellEnd: (error: KafkaError) => void
  #ended: KafkaError | undefined
  #wasAnswered = false

  constructor(options: ConnectionOptions) {
    const { address, tls } = options
    this.#options = options
    this.broker = addressText(address)
    const opened = Promise.withResolvers<void>()
    this.#opened = opened.promise
    this.#tellEnd = (error) => {
      opened.reject(error)
      options.onClose?.(error)
    }
    this.#socket = new FrameSocket({
      address,
      tls,
      onOpen: opened.resolve,
      onFrame: (frame) => this.#answered(frame),
      onClose: (cause) => this.#end(cause),
    })
    // who does not wait for it learns of its end otherwise
    this.#opened.catch(() => {})
  }

  /** Ends when requests may be sent. @throws {KafkaError} CONNECTION_LOST, TLS_FAILED */
  opened(): Promise<void> {
    return this.#opened
  }

  get isClosed(): boolean {
    return this.#ended !== undefined
  }

  /** Requests that are not answered yet. */
  get inFlight(): number {
    return this.#waiting.length
  }

  /**
   * Large byte fields of the request are borrowed until the promise ends. Byte fields of the answer
   * are views of one buffer that is the caller's, until he gives it back.
   * @throws {KafkaError} CONNECTION_LOST, REQUEST_TIMED_OUT, BAD_RESPONSE
   */
  send<Request, Response>(call: Call<Request, Response>): Promise<Response> {
    return requestChannel.hasSubscribers ? this.#sendTraced(call) : this.#sendInTurn(call)
  }

  /** Nobody needs an answer any more: its views are of length 0 from now on. */
  giveBack(memory: ArrayBufferLike): void {
    this.#socket.giveBack(memory)
  }

  #sendInTurn<Request, Response>(call: Call<Request, Response>): Promise<Response> {
    return this.#held === undefined ? this.#send(call) : this.#inTurn(() => this.#send(call))
  }

  /** Behind those that wait already. */
  async #inTurn<Result>(send: () => Promise<Result>): Promise<Result> {
    const turn = Promise.withResolvers<Result>()
    this.#held?.push(() => {
      try {
        turn.resolve(send())
      } catch (error) {
        turn.reject(error)
      }
    })
    return turn.promise
  }

  #sendTraced<Request, Response>(call: Call<Request, Response>): Promise<Response> {
    const { api, version } = call
    const trace = { broker: this.broker, api: api.name, version }
    return requestChannel.tracePromise(() => this.#sendInTurn(call), trace)
  }

  /** Until it is disposed of, what others send is held back: who has it is alone. */
  hold(): ConnectionHold {
    const held: (() => void)[] = []
    this.#held = held
    return {
      send: (call) => this.#send(call),
      [Symbol.dispose]: () => {
        this.#held = undefined
        this.#letGo(held)
      },
    }
  }

  /** At once: whoever comes from now on must not go before them. */
  #letGo(held: (() => void)[]): void {
    for (const send of held.splice(0)) send()
  }

  #send<Request, Response>(call: Call<Request, Response>): Promise<Response> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const { api, version, timeoutMs } = call
    const { correlationId, sizeBytes } = this.#write(call)
    return new Promise((resolve, reject) => {
      const deadlineMs =
        Math.max(this.#options.clock.monotonicMs(), this.#throttledUntilMs) + timeoutMs
      this.#waiting.push({
        ...{ api, version, correlationId, timeoutMs, deadlineMs, resolve, reject },
        sentMs: this.#options.clock.nowMs(),
      })
      this.#options.watch?.sent(this.broker, this.#waiting.length, sizeBytes)
      this.#watch(deadlineMs)
    })
  }

  /**
   * Sends a request that is not answered: to produce without acknowledgement. Ends when the system
   * has it: large byte fields are borrowed until then, and who sends faster than it goes waits.
   * @throws {KafkaError} CONNECTION_LOST
   */
  async post<Request, Response>(call: Call<Request, Response>): Promise<void> {
    return this.#held === undefined ? this.#post(call) : this.#inTurn(() => this.#post(call))
  }

  async #post<Request, Response>(call: Call<Request, Response>): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const { sizeBytes } = this.#write(call, (cause) => {
      if (cause === undefined || cause === null) resolve()
      else reject(this.#ended ?? connectionLost(this.broker, 'ended', { cause }))
    })
    this.#options.watch?.sent(this.broker, this.#waiting.length, sizeBytes)
    await promise
  }

  /** Ends it at once; who waits gets `cause`. */
  close(cause: KafkaError = connectionLost(this.broker, 'was closed')): void {
    this.#socket.close()
    this.#end(cause)
  }

  #write<Request, Response>(
    { api, version, request }: Call<Request, Response>,
    gone?: (error?: Error | null) => void,
  ): { readonly correlationId: number; readonly sizeBytes: number } {
    const correlationId = this.#correlationId
    this.#correlationId = correlationId === MAX_CORRELATION_ID ? 0 : correlationId + 1
    const { clientId } = this.#options
    const frame = encodeRequestFrame(api, { version, correlationId, clientId, request })
    this.#socket.send(frame, gone)
    let sizeBytes = 0
    for (const piece of frame) sizeBytes += piece.length
    return { correlationId, sizeBytes }
  }

  #answered(frame: Buffer): void {
    const [waiting] = this.#waiting
    const correlationId = correlationIdOf(frame)
    if (waiting === undefined || waiting.correlationId !== correlationId) {
      throw new DecodeError(`an answer to request ${correlationId} came that nobody waits for`)
    }
    this.#waiting.shift()
    this.#wasAnswered = true
    const { api, version } = waiting
    try {
      const { response } = decodeResponseFrame(api, version, frame)
      const throttleMs = this.#noteThrottle(response)
      this.#options.watch?.answered(sentRequest(this.broker, waiting), frame.length, throttleMs)
      waiting.resolve(response as never)
    } catch (cause) {
      const text = `${this.broker} answered ${api.name} v${version} with what is no answer to it.`
      const context = { broker: this.broker, api: api.name }
      waiting.reject(new KafkaError('BAD_RESPONSE', text, { kind: 'retriable', context, cause }))
      throw cause
    }
  }

  /**
   * The broker reads nothing more for so long: what is sent meanwhile has more time.
   * @returns how long that is
   */
  #noteThrottle(response: unknown): number {
    if (typeof response !== 'object' || response === null) return 0
    if (!('throttleTimeMs' in response) || typeof response.throttleTimeMs !== 'number') return 0
    const { throttleTimeMs } = response
    if (throttleTimeMs <= 0) return 0
    this.#throttledUntilMs = this.#options.clock.monotonicMs() + throttleTimeMs
    for (const waiting of this.#waiting) {
      waiting.deadlineMs = Math.max(waiting.deadlineMs, this.#throttledUntilMs + waiting.timeoutMs)
    }
    return throttleTimeMs
  }

  #watch(deadlineMs: number): void {
    if (deadlineMs >= this.#timerDueMs) return
    const { clock } = this.#options
    this.#timer?.cancel()
    this.#timerDueMs = deadlineMs
    this.#timer = clock.setTimer(Math.max(0, deadlineMs - clock.monotonicMs()), () => this.#look())
  }

  /** One timer for all: it rings for the first that was waiting, and then looks who waits now. */
  #look(): void {
    this.#timerDueMs = Infinity
    this.#timer = undefined
    const nowMs = this.#options.clock.monotonicMs()
    let nextMs = Infinity
    for (const waiting of this.#waiting) {
      const { deadlineMs, timeoutMs, api, reject } = waiting
      if (deadlineMs <= nowMs) {
        this.#options.watch?.timedOut(sentRequest(this.broker, waiting))
        const cause = requestTimedOut(this.broker, api.name, timeoutMs)
        reject(cause)
        this.close(connectionLost(this.broker, 'was given up: an answer is late', { cause }))
        return
      }
      nextMs = Math.min(nextMs, deadlineMs)
    }
    if (nextMs < Infinity) this.#watch(nextMs)
  }

  #end(cause: Error | undefined): void {
    if (this.#ended !== undefined) return
    const error = this.#errorOf(cause)
    this.#ended = error
    this.#timer?.cancel()
    // at once: whoever asks for a connection from now on must not get this one
    this.#tellEnd(error)
    const unanswered = this.#waiting.splice(0)
    if (unanswered.length > 0) this.#options.watch?.unanswered?.(this.broker, unanswered.length)
    for (const { reject } of unanswered) reject(error)
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#letGo(held)
  }

  #errorOf(cause: Error | undefined): KafkaError {
    if (cause === undefined) return connectionLost(this.broker, 'was ended by the broker')
    if (cause instanceof KafkaError) return cause
    // some brokers refuse a certificate only when the connection seems to be there (TLS 1.3)
    if (!this.#wasAnswered && isTlsRefusal(cause)) return tlsFailed(this.broker, cause)
    return connectionLost(this.broker, `ended: ${cause.message}`, { cause })
  }
}

function sentRequest(
  broker: string,
  { api, version: apiVersion, correlationId, sentMs }: Waiting,
): SentRequest {
  const { key: apiKey, name: apiName } = api
  return { broker, apiKey, apiName, apiVersion, correlationId, sentMs }
}
