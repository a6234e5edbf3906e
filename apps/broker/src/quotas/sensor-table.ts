import { HOUR_MS } from '@pafka/base'

/** Clients of one kind of quota whose rates are known at a time. */
const MOST_SENSORS = 10_000
/** As Kafka forgets a client that has been quiet. */
const EXPIRES_MS = HOUR_MS

interface Entry<Sensor> {
  readonly sensor: Sensor
  lastUsedMs: number
}

/**
 * What is measured of each client. Bounded: a client that makes up an id for each request pushes
 * out those who were not heard of for longest, and they begin anew.
 */
export class SensorTable<Sensor> {
  readonly #make: () => Sensor
  readonly #most: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<Sensor>>()

  constructor(make: () => Sensor, most: number = MOST_SENSORS) {
    this.#make = make
    this.#most = most
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, nowMs: number): Sensor {
    const known = this.#entries.get(key)
    this.#entries.delete(key)
    const entry = known ?? { sensor: this.#make(), lastUsedMs: nowMs }
    entry.lastUsedMs = nowMs
    this.#entries.set(key, entry)
    this.#forgetOld(nowMs)
    return entry.sensor
  }

  clear(): void {
    this.#entries.clear()
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { lastUsedMs }] of this.#entries) {
      if (this.#entries.size <= this.#most && nowMs - lastUsedMs < EXPIRES_MS) return
      this.#entries.delete(key)
    }
  }
}
