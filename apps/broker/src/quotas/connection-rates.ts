import { isIPv4, isIPv6, SocketAddress } from 'node:net'

import type { QuotaFigures } from './quota-figures.ts'
import { type RateShape, RateWindow } from './rate-window.ts'
import { SensorTable } from './sensor-table.ts'

/** The default of `max.connection.creation.rate`: nothing is counted. */
const UNLIMITED = 2 ** 31 - 1

/**
 * Quotas on new connections (KIP-612): from one address, where what is refused does not count, and
 * from all together, where everybody is let in at last.
 */
export class ConnectionRates {
  readonly #shape: RateShape
  readonly #windows: SensorTable<RateWindow>
  readonly #limits = new Map<string, number>()
  readonly #all: RateWindow
  #default: number | undefined
  #throttles = 0
  #throttledMs = 0

  constructor(shape: RateShape) {
    this.#shape = shape
    this.#windows = new SensorTable(() => new RateWindow(shape))
    this.#all = new RateWindow(shape)
  }

  get figures(): QuotaFigures {
    const { size } = this.#windows
    return { throttles: this.#throttles, throttledMs: this.#throttledMs, sensors: size }
  }

  /** @param address null for all that have no limit of their own. @param limit undefined: none. */
  set(address: string | null, limit: number | undefined): void {
    if (address === null) this.#default = limit
    else if (limit === undefined) this.#limits.delete(plainAddress(address))
    else this.#limits.set(plainAddress(address), limit)
  }

  /** One more from anywhere. @returns for how long it is to wait. */
  pace(limit: number, nowMs: number): number {
    if (limit >= UNLIMITED) return 0
    this.#all.record(1, nowMs)
    const forMs = Math.min(this.#shape.sampleMs, this.#all.throttleMs(limit, nowMs))
    if (forMs > 0) this.#told(forMs)
    return forMs
  }

  /** @returns 0 to let a connection in, or for how long its socket is to be kept waiting closed. */
  admit(peer: string, nowMs: number): number {
    if (this.#default === undefined && this.#limits.size === 0) return 0
    const address = plainAddress(peer)
    const limit = this.#limits.get(address) ?? this.#default
    if (limit === undefined) return 0
    const window = this.#windows.get(address, nowMs)
    window.record(1, nowMs)
    // One sample at most, as in Kafka: whoever is refused may try again soon.
    const forMs = Math.min(this.#shape.sampleMs, window.throttleMs(limit, nowMs))
    if (forMs === 0) return 0
    window.record(-1, nowMs)
    this.#told(forMs)
    return forMs
  }

  #told(forMs: number): void {
    this.#throttles += 1
    this.#throttledMs += forMs
  }
}

/** One writing for each address: IPv4 plain, also where a dual-stack socket maps it into IPv6. */
export function plainAddress(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=\d+\.)/, '')
}
