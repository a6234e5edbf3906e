import type { Socket } from 'node:net'

import { type Clock, KIB, type Logger, SECOND_MS, type Timer } from '@pafka/base'

import { Connection, type ReceivedFrame } from './connection.ts'
import { FramePool } from './frame-pool.ts'
import { Listener } from './listener.ts'
import { MemoryBudget } from './memory-budget.ts'
import { PacedSockets } from './paced-sockets.ts'
import { ProduceGate, type StoragePressure } from './produce-gate.ts'
import { RefusedSockets } from './refused-sockets.ts'
import { RequestMemory } from './request-memory.ts'
import { ServingTurns } from './serving-turns.ts'

/** One read of the kernel's; more does not pay, and it is all that an idle connection costs. */
const SCRATCH_BYTES = 64 * KIB
/** A client that has answers waiting and has read nothing for so long is closed. */
const STUCK_READER_MS = 30 * SECOND_MS
/** A client that sent half a request and nothing for so long is closed when others need memory. */
const STALLED_SENDER_MS = 30 * SECOND_MS
/** Who sends fewer a second counts as one who sends nothing. */
const LEAST_SENT_BYTES = 4 * KIB
/** Who produced within this time is not read while storage is behind: it would send more. */
const RECENT_STORE_MS = 10 * SECOND_MS

export interface ServerOptions {
  readonly listeners: readonly {
    readonly name: string
    readonly host: string
    readonly port: number
  }[]
  readonly backlog: number
  readonly maxConnections: number
  readonly maxConnectionsPerIp: number
  readonly maxRequestBytes: number
  /** Requests of all connections together, in bytes; one large one may go beyond it. */
  readonly requestMemoryBytes: number
  /**
   * Answers of all connections that have not left, in bytes, without what they borrowed. Beyond it
   * only who has nothing unsent is served; at four times as much, small answers only.
   */
  readonly answerMemoryBytes: number
  readonly idleMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly serve: (frame: ReceivedFrame) => void
  readonly kindOf: (frame: Buffer) => number
  readonly servedAlone: (frame: Buffer) => boolean
  readonly stores: (frame: Buffer) => boolean
  readonly storage: StoragePressure
  /** Counts one more connection. @returns for how long it waits, unread, and all after it. */
  readonly pace: (listenerName: string) => number
  /** @returns 0 to let a connection in; else it is closed after so many milliseconds. */
  readonly admit: (address: string) => number
  readonly afterRead: () => void
}

/** What the last look at a connection found. */
interface Watched {
  sentBytes: number
  receivedBytes: number
  quietMs: number
  /** For how long it has had answers to read, and read none. */
  stuckMs: number
  /** For how long it has been read, or is muted, and has sent nothing. */
  silentMs: number
}

interface Traffic {
  receivedBytes: number
  /** That the kernel took. */
  sentBytes: number
}

/** The ports of a broker and everybody connected to them. */
export class Server {
  readonly listeners: Listener[] = []
  readonly #options: ServerOptions
  readonly #connections = new Map<Connection, Watched>()
  readonly #perAddress = new Map<string, number>()
  readonly #scratch: Buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  readonly #pool: FramePool
  readonly #budget: MemoryBudget
  readonly #requestMemory: RequestMemory
  readonly #gone: Traffic = { receivedBytes: 0, sentBytes: 0 }
  readonly #gate: ProduceGate
  readonly #answerMemory: MemoryBudget
  readonly #turns: ServingTurns
  #nextId = 1
  readonly #refused: RefusedSockets
  /** Of each listener. */
  readonly #paced: PacedSockets[] = []
  #sweeper: Timer | undefined
  #closing = false
  /** False until sockets were looked at after a sweep: where a test's clock leaps, nobody reads. */
  #hadTurn = true

  constructor(options: ServerOptions) {
    this.#options = options
    this.#pool = new FramePool(options.clock)
    const { requestMemoryBytes, answerMemoryBytes, storage, clock, logger } = options
    this.#budget = new MemoryBudget(requestMemoryBytes)
    this.#requestMemory = new RequestMemory(this.#budget, this.#pool)
    this.#answerMemory = new MemoryBudget(answerMemoryBytes)
    this.#turns = new ServingTurns(clock)
    this.#refused = new RefusedSockets(clock)
    this.#gate = new ProduceGate({
      storage,
      clock,
      logger,
      budget: this.#budget,
      onClosed: () => this.#holdProducers(),
    })
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get acceptedConnections(): number {
    return this.#nextId - 1
  }

  /** Memory of requests that are not answered yet, of those that came in part what came. */
  get requestMemoryBytes(): number {
    let bytes = this.#budget.usedBytes
    for (const connection of this.#connections.keys()) bytes -= connection.unfilledBytes
    return bytes
  }

  /** Large requests that wait, unread, until there is memory for them. */
  get waitingRequests(): number {
    return this.#requestMemory.waiting
  }

  /** Memory of answers that have not left, without records. */
  get answerMemoryBytes(): number {
    return this.#answerMemory.usedBytes
  }

  /** Times that producers had to wait so. */
  get producerHolds(): number {
    return this.#gate.closings
  }

  /** Bytes of all connections so far, those that are gone as well. */
  traffic(): Readonly<Traffic> {
    const all = { ...this.#gone }
    for (const connection of this.#connections.keys()) add(all, connection)
    return all
  }

  /** Producers that wait, unread, until storage has caught up. */
  get heldConnections(): number {
    return this.#gate.heldConnections
  }

  async listen(): Promise<void> {
    const { listeners, backlog, clock, logger, pace } = this.#options
    for (const where of listeners) {
      const paced = new PacedSockets({
        clock,
        waitMs: () => pace(where.name),
        admit: (socket) => this.#accept(socket, where.name),
        refuse: (socket) => this.#refuse(socket, 'max.connection.creation.rate is exceeded'),
      })
      this.#paced.push(paced)
      const onSocket = (socket: Socket): void => paced.take(socket)
      // One after the other: a second failure would hide the first.
      this.listeners.push(await Listener.open({ ...where, backlog, logger, onSocket }))
    }
    this.#scheduleSweep()
  }

  /** Stops accepting, lets running requests finish for up to `graceMs`, then closes everything. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    this.#sweeper?.cancel()
    for (const listener of this.listeners) listener.close()
    for (const paced of this.#paced) paced.close()
    const deadline = performance.now() + graceMs
    while (this.#someoneBusy() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    this.#refused.close()
    for (const connection of this.#connections.keys()) connection.destroy()
    while (this.#connections.size > 0) await new Promise((resolve) => setImmediate(resolve))
    this.#gate.close()
    this.#pool.close()
  }

  /** Cuts every connection at once, as a lost network would. */
  dropConnections(): void {
    for (const connection of this.#connections.keys()) connection.destroy()
  }

  #someoneBusy(): boolean {
    for (const connection of this.#connections.keys()) if (connection.busy) return true
    return false
  }

  #accept(socket: Socket, listenerName: string): void {
    const reason = this.#closing ? 'closing' : this.#crowded(socket.remoteAddress ?? '')
    if (reason !== undefined) return this.#refuse(socket, reason)
    const waitMs = this.#options.admit(socket.remoteAddress ?? '')
    if (waitMs > 0) {
      this.#refused.closeLater(socket, waitMs)
      return
    }
    const connection = new Connection(socket, {
      ...this.#options,
      id: this.#nextId++,
      listenerName,
      scratch: this.#scratch,
      requestMemory: this.#requestMemory,
      answerMemory: this.#answerMemory,
      turns: this.#turns,
      gate: this.#gate,
      onClose: (closed) => this.#forget(closed),
    })
    this.#connections.set(connection, {
      sentBytes: 0,
      receivedBytes: 0,
      quietMs: 0,
      stuckMs: 0,
      silentMs: 0,
    })
    this.#count(connection.remoteAddress, 1)
  }

  #refuse(socket: Socket, reason: string): void {
    this.#options.logger.warn('connection-refused', { from: socket.remoteAddress, reason })
    socket.on('error', () => {}) // a reset is how some of these end
    socket.destroy()
  }

  #crowded(address: string): string | undefined {
    const { maxConnections, maxConnectionsPerIp } = this.#options
    if (this.#connections.size >= maxConnections) return 'max.connections is reached'
    if ((this.#perAddress.get(address) ?? 0) >= maxConnectionsPerIp) {
      return 'max.connections.per.ip is reached'
    }
    return undefined
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    add(this.#gone, connection)
    this.#count(connection.remoteAddress, -1)
  }

  #count(address: string, by: number): void {
    const count = (this.#perAddress.get(address) ?? 0) + by
    if (count === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, count)
  }

  #holdProducers(): void {
    const sinceMs = this.#options.clock.monotonicMs() - RECENT_STORE_MS
    for (const connection of this.#connections.keys()) {
      if (connection.lastStoreMs >= sinceMs) connection.hold()
    }
  }

  #scheduleSweep(): void {
    const everyMs = Math.max(SECOND_MS, Math.min(this.#options.idleMs / 4, STUCK_READER_MS / 3))
    this.#sweeper = this.#options.clock.setTimer(everyMs, () => {
      this.#sweep(everyMs)
      this.#scheduleSweep()
    })
  }

  /** Closes who is idle, and who keeps memory by not reading or not sending what was begun. */
  #sweep(elapsedMs: number): void {
    const turnMs = this.#hadTurn ? elapsedMs : 0
    this.#hadTurn = false
    setImmediate(() => {
      this.#hadTurn = true
    })
    for (const [connection, seen] of this.#connections) {
      look(connection, seen, { elapsedMs, turnMs })
      const reason = this.#reasonToClose(connection, seen)
      if (reason === undefined) continue
      this.#options.logger.info('connection-closed', { from: connection.remoteAddress, reason })
      connection.destroy()
    }
  }

  #reasonToClose(connection: Connection, seen: Watched): string | undefined {
    if (seen.stuckMs >= STUCK_READER_MS) return 'reads no answers'
    if (seen.silentMs >= STALLED_SENDER_MS && connection.keepsOthersWaiting) {
      return 'sends a request too slowly, and others wait for its memory'
    }
    // Who is muted for so long may be gone as well: that would not be seen.
    const quiet = !connection.busy && !connection.toldToWait
    return quiet && seen.quietMs >= this.#options.idleMs ? 'idle' : undefined
  }
}

function look(
  connection: Connection,
  seen: Watched,
  { elapsedMs, turnMs }: { readonly elapsedMs: number; readonly turnMs: number },
): void {
  const { sentBytes, receivedBytes } = connection
  const hasRead = sentBytes !== seen.sentBytes
  const leastBytes = (elapsedMs * LEAST_SENT_BYTES) / SECOND_MS
  const hasSent = receivedBytes - seen.receivedBytes >= leastBytes || connection.unread
  seen.quietMs = hasRead || connection.active ? 0 : seen.quietMs + elapsedMs
  seen.stuckMs = hasRead || !connection.hasUnsent ? 0 : seen.stuckMs + turnMs
  seen.silentMs = hasSent ? 0 : seen.silentMs + turnMs
  seen.sentBytes = sentBytes
  seen.receivedBytes = receivedBytes
  connection.active = false
}

function add(sum: Traffic, { receivedBytes, sentBytes }: Readonly<Traffic>): void {
  sum.receivedBytes += receivedBytes
  sum.sentBytes += sentBytes
}
