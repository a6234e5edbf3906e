import { type Clock, type Logger, SECOND_MS, type Timer } from '@pafka/base'

import type { MemoryBudget } from './memory-budget.ts'

/** The bound is reached: nothing more is taken from producers. */
const CLOSES_AT = 1
/** Well below the bound, so that the gate does not flutter around it. */
const OPENS_BELOW = 0.8
/** Looked at so often while closed, and never while open. */
const LOOK_EVERY_MS = 5
/** Producers that wait for longer are worth a line in the log. */
const TELL_AFTER_MS = SECOND_MS

/** How far storage is behind: 0 is nothing, 1 the bound on bytes in flight, more is beyond it. */
export interface StoragePressure {
  /** Read once or twice per produce request, so it must be cheap. */
  readonly pressure: number
}

/** A connection that can be told to wait. */
export interface GatedConnection {
  /** It may go on; whoever is told later may find the gate closed again. */
  letThrough(): void
}

export interface ProduceGateOptions {
  readonly storage: StoragePressure
  readonly clock: Clock
  readonly logger: Logger
  /** Where requests that wait at the gate are set aside, up to as much again as it has. */
  readonly budget: MemoryBudget
  /** Called when the gate closes: the time to hold those who are about to send more. */
  readonly onClosed: () => void
}

/**
 * Lets produce requests through while storage keeps up. While it does not, connections wait here,
 * unread, and go on in the order they came, so that nobody starves behind a busy neighbour.
 */
export class ProduceGate {
  readonly #options: ProduceGateOptions
  readonly #held = new Map<GatedConnection, number>()
  #heldBytes = 0
  #watcher: Timer | undefined
  #closedAtMs = 0
  #told = false
  #closings = 0

  constructor(options: ProduceGateOptions) {
    this.#options = options
  }

  /** Connections that wait. */
  get heldConnections(): number {
    return this.#held.size
  }

  /** Times that it closed so far. */
  get closings(): number {
    return this.#closings
  }

  /** Looks at the pressure; asked before each produce request. */
  get isOpen(): boolean {
    if (this.#watcher !== undefined) return false
    if (this.#options.storage.pressure < CLOSES_AT) return true
    this.#close()
    return false
  }

  /**
   * Makes a connection wait until the gate opens; it keeps its place when it waits already.
   * @param waitingBytes memory of its requests that were received and not begun.
   * @returns false when there is no memory for it to wait with.
   */
  hold(connection: GatedConnection, waitingBytes: number): boolean {
    const { budget } = this.#options
    const added = waitingBytes - (this.#held.get(connection) ?? 0)
    if (added > 0 && this.#heldBytes + added > budget.limitBytes) return false
    this.#held.set(connection, waitingBytes)
    this.#setAside(added)
    return true
  }

  /** The connection is gone. */
  forget(connection: GatedConnection): void {
    const bytes = this.#held.get(connection)
    if (bytes === undefined) return
    this.#held.delete(connection)
    this.#setAside(-bytes)
  }

  /** Stops watching. Nobody may ask any more. */
  close(): void {
    this.#watcher?.cancel()
  }

  #setAside(bytes: number): void {
    this.#heldBytes += bytes
    this.#options.budget.setAside(bytes)
  }

  #close(): void {
    this.#closedAtMs = this.#options.clock.monotonicMs()
    this.#told = false
    this.#closings += 1
    this.#watch()
    this.#options.onClosed()
  }

  #watch(): void {
    this.#watcher = this.#options.clock.setTimer(LOOK_EVERY_MS, () => this.#look())
  }

  #look(): void {
    const { storage, clock, logger } = this.#options
    const { pressure } = storage
    const closedMs = Math.round(clock.monotonicMs() - this.#closedAtMs)
    if (pressure >= OPENS_BELOW) {
      if (!this.#told && closedMs >= TELL_AFTER_MS) {
        this.#told = true
        logger.warn('producers-wait', { pressure, connections: this.#held.size })
      }
      this.#watch()
      return
    }
    this.#watcher = undefined
    if (this.#told) logger.info('producers-go-on', { waitedMs: closedMs })
    this.#open()
  }

  /** One after another: each may send so much that the gate closes before the next. */
  #open(): void {
    for (const connection of this.#held.keys()) {
      if (this.#watcher !== undefined) return
      this.forget(connection)
      connection.letThrough()
    }
  }
}
