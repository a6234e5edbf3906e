import { SECOND_MS } from '@pafka/base'

import { type FoundLimit, QuotaLimits } from './quota-limits.ts'
import type { QuotaFigures } from './quota-figures.ts'
import { LONGEST_THROTTLE_MS, type RateShape, RateWindow } from './rate-window.ts'
import { SensorTable } from './sensor-table.ts'

/** Who is counted: the user that a connection is of, and what its requests call themselves. */
export interface QuotaClient {
  readonly principalName: string
  readonly clientId: string | null
}

export interface RateQuotaOptions {
  readonly shape: RateShape
  /** Nobody waits longer than this at a time. */
  readonly longestThrottleMs?: number | undefined
}

/** One kind of quota on a rate. Only clients that have a limit are counted. */
export class RateQuota {
  readonly limits: QuotaLimits = new QuotaLimits()
  readonly #shape: RateShape
  readonly #longestMs: number
  readonly #sensors: SensorTable<RateWindow>
  #throttles = 0
  #throttledMs = 0

  constructor({ shape, longestThrottleMs = LONGEST_THROTTLE_MS }: RateQuotaOptions) {
    this.#shape = shape
    this.#longestMs = longestThrottleMs
    this.#sensors = new SensorTable(() => new RateWindow(shape))
  }

  get figures(): QuotaFigures {
    const { size } = this.#sensors
    return { throttles: this.#throttles, throttledMs: this.#throttledMs, sensors: size }
  }

  /** Records, whether or not it is too much. @returns how long the client is told to wait. */
  charge(client: QuotaClient, value: number, nowMs: number): number {
    this.record(client, value, nowMs)
    return this.told(this.waitMs(client, nowMs))
  }

  /** @param value below 0 takes back what was recorded. */
  record(client: QuotaClient, value: number, nowMs: number): void {
    const found = this.#find(client)
    if (found !== undefined) this.#sensors.get(found.sharedBy, nowMs).record(value, nowMs)
  }

  /** How long a client would have to wait for what it has used until now. */
  waitMs(client: QuotaClient, nowMs: number): number {
    const found = this.#find(client)
    if (found === undefined) return 0
    const window = this.#sensors.get(found.sharedBy, nowMs)
    return Math.min(this.#longestMs, window.throttleMs(found.limit, nowMs))
  }

  /** How long a client takes to be allowed so much. */
  msFor(client: QuotaClient, value: number): number {
    const found = this.#find(client)
    if (found === undefined) return 0
    return Math.min(this.#longestMs, Math.round((value / found.limit) * SECOND_MS))
  }

  /** A client is told to wait so long. */
  told(forMs: number): number {
    if (forMs > 0) this.#throttles += 1
    this.#throttledMs += forMs
    return forMs
  }

  /** The most at once that a client that was quiet need not wait for. */
  mostAtOnce(client: QuotaClient): number {
    const { samples, sampleMs } = this.#shape
    const found = this.#find(client)
    if (found === undefined) return Number.POSITIVE_INFINITY
    return (found.limit * (samples - 1) * sampleMs) / SECOND_MS
  }

  #find({ principalName, clientId }: QuotaClient): FoundLimit | undefined {
    // As Kafka: a client id that is null is one that is empty.
    return this.limits.isEmpty ? undefined : this.limits.find(principalName, clientId ?? '')
  }
}
