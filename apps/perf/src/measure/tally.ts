import { Latencies } from './latencies.ts'
import { perSecond } from './per-second.ts'

/** What came of some time. */
export interface Figures {
  readonly records: number
  readonly bytes: number
  readonly failed: number
  readonly elapsedMs: number
  readonly latencies: Latencies
}

/** Adds up what was acknowledged since it was made, or since the last `take`. */
export class Tally {
  #beganMs: number
  #records = 0
  #bytes = 0
  #failed = 0
  #latencies = new Latencies()

  /** @param nowMs of any clock that goes on evenly */
  constructor(nowMs: number) {
    this.#beganMs = nowMs
  }

  acknowledged(records: number, bytes: number, latencyMs: number): void {
    this.#records += records
    this.#bytes += bytes
    this.#latencies.record(latencyMs, records)
  }

  /** What was added up elsewhere. @param latencies undefined where nothing was timed */
  add(
    { records, bytes, failed }: Pick<Figures, 'records' | 'bytes' | 'failed'>,
    latencies: Latencies | undefined,
  ): void {
    this.#records += records
    this.#bytes += bytes
    this.#failed += failed
    if (latencies !== undefined) this.#latencies.add(latencies)
  }

  /** Acknowledged so far. */
  get records(): number {
    return this.#records
  }

  failed(records: number): void {
    this.#failed += records
  }

  figures(nowMs: number): Figures {
    return {
      ...{ records: this.#records, bytes: this.#bytes, failed: this.#failed },
      ...{ elapsedMs: nowMs - this.#beganMs, latencies: this.#latencies },
    }
  }

  /** What there is, and begins anew. */
  take(nowMs: number): Figures {
    const figures = this.figures(nowMs)
    this.#beganMs = nowMs
    this.#records = 0
    this.#bytes = 0
    this.#failed = 0
    this.#latencies = new Latencies()
    return figures
  }
}

/** @returns a second */
export function rateOf(count: number, { elapsedMs }: Figures): number {
  return perSecond(count, elapsedMs)
}
