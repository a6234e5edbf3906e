import { ConfigError, MIB, MINUTE_MS, SECOND_MS } from '@pafka/base'

/** The fastest tier at a moment; told each second or more often. */
export interface FillTick {
  /** Of a clock that never goes back. */
  readonly nowMs: number
  readonly usedBytes: number
  readonly capacityBytes: number
  /** Bytes that left it since the tick before: moved down, or deleted. */
  readonly drainedBytes: number
}

export interface FillPressureOptions {
  /** Share in use at which producers are held, at the latest. */
  readonly fullShare?: number
  /** Share below which nobody is ever slowed; the threshold of migration, or above it. */
  readonly quietShare?: number
}

/** From so much pressure on, a broker slows producers; below it nobody notices. */
const SLOWS_FROM = 0.5
/** More than holding back there is not. */
const MOST = 1.5
/** What was let in when they are held has room still: so much, or this share of a small one. */
const IN_FLIGHT_BYTES = 64 * MIB
const MOST_IN_FLIGHT_SHARE = 0.05
/** The last part of the tier slows producers: for so long, at the fastest they came. */
const BAND_MS = 20 * SECOND_MS
/** And this share of the tier at least. */
const LEAST_BAND_SHARE = 0.05
/** The fastest they came is forgotten over so long. */
const PEAK_MS = 10 * MINUTE_MS
const SMOOTH_MS = 3 * SECOND_MS

/**
 * Slows producers before the fast tier is full, down to what drains from it.
 *
 * The pressure depends on the level alone, in a band near the end: 0.5 where that begins, 1
 * at its end. That is proportional control of a tank, and a tank is an integrator: where producers
 * come as fast as it drains, the level stays, and from either side the loop goes there. With every
 * level in the band belongs one rate: no model of producers is needed, nothing has to be tuned.
 *
 * Such a loop swings only when the level crosses the band faster than producers notice. So the band
 * is as wide as the fastest ingest needs twenty seconds for, and they notice within one or two. Its
 * width follows the peak and not the rate of now, which the pressure itself changes.
 */
export class FillPressure {
  readonly #fullShare: number
  readonly #quietShare: number
  #last: FillTick | undefined
  /** Bytes per millisecond. */
  #ingest = 0
  #peak = 0
  /** In bytes: where the band begins, and how wide it is. */
  #bandFrom = 0
  #band = 0
  #pressure = 0

  /** @throws {ConfigError} */
  constructor({ fullShare = 0.98, quietShare = 0.5 }: FillPressureOptions = {}) {
    if (!(quietShare >= 0 && quietShare < fullShare && fullShare <= 1)) {
      throw new ConfigError([`shares must rise from 0 to 1: ${quietShare}, ${fullShare}`])
    }
    this.#fullShare = fullShare
    this.#quietShare = quietShare
  }

  /** 0 in all normal times; above 0.5 producers are slowed, from 1 on they are held. */
  get pressure(): number {
    return this.#pressure
  }

  /** Bytes per second that producers bring, smoothed. */
  get ingestBytesPerSecond(): number {
    return this.#ingest * SECOND_MS
  }

  observe(tick: FillTick): number {
    const { usedBytes, capacityBytes } = tick
    this.#measure(tick)
    this.#last = tick
    const inFlight = Math.min(IN_FLIGHT_BYTES, MOST_IN_FLIGHT_SHARE * capacityBytes)
    const fullBytes = Math.min(this.#fullShare * capacityBytes, capacityBytes - inFlight)
    const widest = fullBytes - this.#quietShare * capacityBytes
    const wanted = Math.max(LEAST_BAND_SHARE * capacityBytes, this.#peak * BAND_MS)
    this.#band = Math.min(widest, wanted)
    this.#bandFrom = fullBytes - this.#band
    this.#pressure = this.pressureAt(usedBytes)
    return this.#pressure
  }

  /** As it is when so much is in use before the next tick. */
  pressureAt(usedBytes: number): number {
    if (this.#band <= 0) return 0
    const inside = (usedBytes - this.#bandFrom) / this.#band
    return inside <= 0 ? 0 : Math.min(MOST, SLOWS_FROM + (1 - SLOWS_FROM) * inside)
  }

  #measure({ nowMs, usedBytes, drainedBytes }: FillTick): void {
    const passedMs = nowMs - (this.#last?.nowMs ?? nowMs)
    if (this.#last === undefined || passedMs <= 0) return
    const ingest = Math.max(0, (usedBytes - this.#last.usedBytes + drainedBytes) / passedMs)
    this.#ingest += (ingest - this.#ingest) * (1 - Math.exp(-passedMs / SMOOTH_MS))
    this.#peak = Math.max(this.#ingest, this.#peak * Math.exp(-passedMs / PEAK_MS))
  }
}
