import type { Socket } from 'node:net'

import { type Clock, DecodeError, errnoOf, type Logger, type Timer } from '@pafka/base'
import { FrameDecoder } from '@pafka/protocol'

import { adoptSocket } from './adopt-socket.ts'
import { BegunRequest } from './begun-request.ts'
import { recognizeGreeting } from './foreign-greeting.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { GatedConnection, ProduceGate } from './produce-gate.ts'
import { type MemoryTaker, type RequestMemory, SMALL_REQUEST_BYTES } from './request-memory.ts'
import { ResponseQueue, type ResponseSlot, tellWhenLeft } from './response-queue.ts'
import { sentBytesOf } from './sent-bytes.ts'
import type { ServingTurns, TurnTaker } from './serving-turns.ts'

/** Requests of one connection worked on at a time; more wait unread in the socket. */
const MOST_UNANSWERED = 16
/** A client that does not read its answers gets no further request served beyond this. */
const MOST_UNSENT_BYTES = 1 << 20

/** One whole request, and the place of its answer. */
export interface ReceivedFrame {
  readonly bytes: Buffer
  readonly connection: Connection
  readonly slot: ResponseSlot
  /**
   * Ends the frame; the first call counts. `reuse` gives its memory to the next frame: nothing may
   * look at it any more; `forget` leaves it to the collector, for those who kept a view.
   */
  release(memory: 'reuse' | 'forget'): void
}

export interface ConnectionOptions {
  readonly id: number
  readonly listenerName: string
  readonly scratch: Buffer
  /** Requests of all connections. */
  readonly requestMemory: RequestMemory
  /** Answers of all connections that have not left. */
  readonly answerMemory: MemoryBudget
  readonly turns: ServingTurns
  readonly gate: ProduceGate
  readonly maxRequestBytes: number
  readonly clock: Clock
  readonly logger: Logger
  /** Starts work on a request; must not throw. */
  readonly serve: (frame: ReceivedFrame) => void
  /** Requests of one kind take about as long. */
  readonly kindOf: (frame: Buffer) => number
  /** True for a request whose answer may be large: the one before it must have left. */
  readonly servedAlone: (frame: Buffer) => boolean
  /** True for a request with records to store: it waits while storage is behind. */
  readonly stores: (frame: Buffer) => boolean
  /** Called after every read, when all its requests were begun. */
  readonly afterRead: () => void
  readonly onClose: (connection: Connection) => void
}

/** One client: cuts its bytes into requests, and lets the answers out in their order. */
export class Connection implements GatedConnection, MemoryTaker, TurnTaker {
  readonly id: number
  readonly listenerName: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** What the client says it is. */
  clientSoftware: { readonly name: string; readonly version: string } | undefined
  /** Set on any traffic; whoever looks for idle connections clears it. */
  active = true

  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #decoder: FrameDecoder
  readonly #responses: ResponseQueue
  readonly #waiting: { readonly memory: Buffer; readonly bytes: Buffer }[] = []
  readonly #closed = new AbortController()
  readonly #begun = new BegunRequest()
  #serving = false
  #aloneInWork = false
  #paused = false
  #held = false
  #lastStoreMs = Number.NEGATIVE_INFINITY
  #mutedUntilMs = 0
  #unmuter: Timer | undefined
  #requests = 0

  constructor(accepted: Socket, options: ConnectionOptions) {
    this.id = options.id
    this.listenerName = options.listenerName
    this.remoteAddress = accepted.remoteAddress ?? ''
    this.remotePort = accepted.remotePort ?? 0
    this.localAddress = accepted.localAddress ?? ''
    this.localPort = accepted.localPort ?? 0
    this.#options = options
    this.#decoder = new FrameDecoder({
      scratch: options.scratch,
      memory: { take: (sizeBytes) => this.#memoryFor(sizeBytes) },
      maxFrameBytes: options.maxRequestBytes,
      onFrame: (memory, sizeBytes) => this.#enqueue(memory, sizeBytes),
    })
    const decoder = this.#decoder
    this.#socket = adoptSocket(accepted, {
      target: () => decoder.target(),
      received: (count) => this.#received(count),
    })
    this.#responses = new ResponseQueue(this.#socket, {
      memory: options.answerMemory,
      onProgress: () => this.#progress(),
      onNoRoom: () => this.refuse('there is no memory for its answer, others are not read'),
    })
    this.#socket.on('error', (error) => this.#lost(error))
    this.#socket.on('close', () => this.#onClosed())
    this.#socket.resume()
  }

  /** Aborted when the connection is gone. */
  get signal(): AbortSignal {
    return this.#closed.signal
  }

  /** Requests received so far. */
  get requests(): number {
    return this.#requests
  }

  /** True while answers wait for the client to read them. */
  get hasUnsent(): boolean {
    return this.#socket.writableLength > 0
  }

  /** True while a request is being worked on or answered. */
  get busy(): boolean {
    return this.#responses.unanswered > 0 || this.hasUnsent
  }

  /** True while it is held or lacks memory: that it says nothing is not its doing. */
  get toldToWait(): boolean {
    return this.#held || this.#decoder.lacksMemory
  }

  /** True while nothing is read from it, for want of what it may have in its turn. */
  get unread(): boolean {
    return this.#paused && this.#unmuter === undefined
  }

  /** True while others wait for the memory of a request that came in part, or is not begun. */
  get keepsOthersWaiting(): boolean {
    const bytes = this.#decoder.memoryBytes + bytesOf(this.#waiting)
    return this.#options.requestMemory.isMissed(bytes)
  }

  /** Memory that was taken for a request and has nothing in it; below 0 what came without any. */
  get unfilledBytes(): number {
    return this.#decoder.memoryBytes - this.#decoder.pendingBytes
  }

  /** When the last request with records came, on the monotonic clock. */
  get lastStoreMs(): number {
    return this.#lastStoreMs
  }

  /** Bytes received so far. */
  get receivedBytes(): number {
    return this.#socket.bytesRead
  }

  /** Bytes the kernel took so far: does the client read at all? */
  get sentBytes(): number {
    return sentBytesOf(this.#socket)
  }

  /** Closes without waiting for anything. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Closes because of what the peer sent. The reason is logged once, with its address. */
  refuse(reason: string): void {
    this.#options.logger.warn('connection-refused', { from: this.remoteAddress, reason })
    this.#socket.destroy()
  }

  /**
   * Neither reads nor begins a request for so long; answers still leave. A client that was told to
   * wait and does not gets nothing by it (KIP-219). Of several mutes the one that ends last counts.
   */
  mute(forMs: number): void {
    const untilMs = this.#options.clock.monotonicMs() + forMs
    if (this.#socket.destroyed || untilMs <= this.#mutedUntilMs) return
    this.#mutedUntilMs = untilMs
    this.#unmuter?.cancel()
    this.#unmuter = this.#options.clock.setTimer(forMs, () => {
      this.#unmuter = undefined
      this.#progress()
    })
    this.#pause()
  }

  /** Not read any more until the gate lets it through. */
  hold(): void {
    if (!this.#options.gate.hold(this, bytesOf(this.#waiting))) {
      this.refuse('storage is behind, and so many producers wait that there is no memory for more')
      return
    }
    this.#held = true
    this.#pause()
  }

  /** The gate opened. */
  letThrough(): void {
    this.#held = false
    this.#progress()
  }

  /** There may be memory for the request that was announced. */
  takeMemory(): void {
    this.#progress()
  }

  /** The rest of the request that is being served waits for its turn, and all others for it. */
  goOnLater(kind: number, work: () => void): void {
    this.#begun.goOnLater(kind, work)
  }

  /** As `goOnLater`, and not before `ready` is kept, which must not fail. */
  goOnWhen(kind: number, ready: Promise<void>, work: () => void): void {
    this.#begun.goOnWhen(kind, ready, work, () => {
      if (this.#closed.signal.aborted) this.#finishAbandoned()
      else this.goOn()
    })
  }

  /** Its turn to serve has come. */
  goOn(): void {
    this.#progress()
    this.#options.afterRead()
  }

  #received(count: number): void {
    this.active = true
    try {
      this.#decoder.received(count)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#refuseStream(error)
      return
    }
    this.#options.afterRead()
    this.#pauseIfCrowded()
  }

  #refuseStream(error: DecodeError): void {
    const greeting = this.#requests === 0 ? recognizeGreeting(this.#decoder.sizeField) : undefined
    if (greeting === undefined) {
      this.refuse(error.message)
      return
    }
    const { logger } = this.#options
    logger.warn('foreign-protocol', { from: this.remoteAddress, protocol: greeting.protocol })
    this.#socket.pause()
    this.#socket.end(greeting.answer, () => this.#socket.destroy())
  }

  #memoryFor(sizeBytes: number): Buffer | undefined {
    const isCrowded = this.#waiting.length > 0 || this.#responses.unanswered >= MOST_UNANSWERED
    // What could not be served when it is whole would keep its memory from others for long.
    if ((isCrowded || this.#unmuter !== undefined) && sizeBytes > SMALL_REQUEST_BYTES)
      return undefined
    return this.#options.requestMemory.take(this, sizeBytes)
  }

  #enqueue(memory: Buffer, sizeBytes: number): void {
    this.#requests += 1
    this.#waiting.push({ memory, bytes: memory.subarray(0, sizeBytes) })
    this.#serveWaiting()
  }

  #serveWaiting(): void {
    if (this.#serving) return // an answer at once gets here again; the loop goes on
    this.#serving = true
    while (this.#begun.finish(this.#options.turns, this)) {
      const [next] = this.#waiting
      if (next === undefined || !this.#mayServe(next.bytes)) break
      this.#waiting.shift()
      this.#serve(next.memory, next.bytes)
    }
    this.#serving = false
  }

  #mayServe(frame: Buffer): boolean {
    if (!this.#socket.writable || this.#unmuter !== undefined) return false
    const { turns, kindOf, servedAlone, stores } = this.#options
    if (!turns.mayServe(this, kindOf(frame))) return false
    const { unanswered, unsentBytes } = this.#responses
    if (unanswered >= MOST_UNANSWERED || unsentBytes > MOST_UNSENT_BYTES) return false
    // Who has nothing unsent is always served: readers do not wait for those who do not read.
    if (unsentBytes > 0 && this.#options.answerMemory.exhausted) return false
    if (this.#aloneInWork && servedAlone(frame)) return false
    return !stores(frame) || this.#mayStore()
  }

  #mayStore(): boolean {
    const { gate, clock } = this.#options
    if (!gate.isOpen) {
      this.hold()
      return false
    }
    this.#lastStoreMs = clock.monotonicMs()
    return true
  }

  #serve(memory: Buffer, bytes: Buffer): void {
    const { requestMemory, serve, servedAlone, turns, kindOf } = this.#options
    const alone = servedAlone(bytes)
    // The next such one may come when it has left: a slow reader then holds one answer at most.
    if (alone) this.#aloneInWork = true
    const slot = this.#responses.reserve()
    let isHeld = true
    const frame: ReceivedFrame = {
      bytes,
      connection: this,
      slot: alone ? tellWhenLeft(slot, () => (this.#aloneInWork = false)) : slot,
      release: (after) => {
        if (!isHeld) return // twice in the pool it would be given to two
        isHeld = false
        requestMemory.give(memory, after)
      },
    }
    turns.spend(kindOf(bytes), () => serve(frame))
  }

  #progress(): void {
    this.active = true
    this.#serveWaiting()
    if (this.#waiting.length === 0 && this.#decoder.proceed()) this.#resume()
  }

  #pauseIfCrowded(): void {
    if (this.#waiting.length > 0 || this.#decoder.lacksMemory) {
      this.#pause()
      return
    }
    const { requestMemory } = this.#options
    if (!requestMemory.exhausted || !this.#decoder.idle || this.#paused) return
    this.#pause()
    requestMemory.whenFree(() => this.#progress())
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  #resume(): void {
    const waits = this.toldToWait || this.#unmuter !== undefined
    if (!this.#paused || this.#socket.destroyed || waits) return
    this.#paused = false
    this.#socket.resume()
    this.#pauseIfCrowded() // the budget may be used up again by those who woke first
  }

  #lost(error: Error): void {
    const code = errnoOf(error)
    if (code === 'ECONNRESET' || code === 'EPIPE') return
    const fields = { from: this.remoteAddress, cause: error.message }
    // its answer lies in memory that is gone, which no client can help
    if (code === 'EFAULT') this.#options.logger.error('answer-unreadable', fields)
    else this.#options.logger.debug('connection-lost', fields)
  }

  #finishAbandoned(): void {
    this.#begun.abandon()
    this.#options.afterRead()
  }

  #onClosed(): void {
    this.#unmuter?.cancel()
    this.#options.gate.forget(this)
    this.#options.turns.forget(this)
    this.#finishAbandoned()
    const { requestMemory } = this.#options
    requestMemory.forget(this)
    const held = [...this.#waiting.splice(0).map(({ memory }) => memory), this.#decoder.abandon()]
    for (const memory of held) if (memory !== undefined) requestMemory.give(memory, 'reuse')
    this.#closed.abort()
    this.#responses.close()
    this.#options.onClose(this)
  }
}

function bytesOf(waiting: readonly { readonly memory: Buffer }[]): number {
  return waiting.reduce((sum, { memory }) => sum + memory.length, 0)
}
