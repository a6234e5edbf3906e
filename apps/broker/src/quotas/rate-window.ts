import { SECOND_MS } from '@pafka/base'

/** How finely and how far back a rate is measured. */
export interface RateShape {
  /** Kafka's `quota.window.num`: the current one and those before it. */
  readonly samples: number
  readonly sampleMs: number
}

interface Sample {
  sum: number
  startMs: number
  lastMs: number
}

/** 2^31 - 1, the largest throttle time that an answer can carry. */
export const LONGEST_THROTTLE_MS: number = 2 ** 31 - 1

/**
 * What was counted within the last samples, as a rate per second. A sample begins with the first
 * value after the one before it is over, so windows are not aligned with anything; time without any
 * sample counts as if there had been empty ones. Source: Kafka `SampledStat.java`, `Rate.java`.
 */
export class RateWindow {
  readonly #shape: RateShape
  /** At most one more than the shape says: a sample that reaches into the window still counts. */
  readonly #samples: Sample[] = []
  #current = 0

  constructor(shape: RateShape) {
    this.#shape = shape
  }

  /** @param value below 0 takes back what was recorded. */
  record(value: number, nowMs: number): void {
    const sample = this.#sampleAt(nowMs)
    sample.sum += value
    sample.lastMs = nowMs
  }

  /** What counts at this time. */
  sum(nowMs: number): number {
    this.#forgetOld(nowMs)
    let sum = 0
    for (const sample of this.#samples) sum += sample.sum
    return sum
  }

  /**
   * How long nothing may be recorded for the rate to come down to `limit`: with the rate O over the
   * window W it is (O - limit) / limit * W. 0 within the limit. Source: Kafka `QuotaUtils.java`.
   */
  throttleMs(limit: number, nowMs: number): number {
    const sum = this.sum(nowMs)
    const windowMs = this.#windowMs(nowMs)
    const rate = sum / (windowMs / SECOND_MS)
    if (rate <= limit) return 0
    return Math.min(LONGEST_THROTTLE_MS, Math.round(((rate - limit) / limit) * windowMs))
  }

  #sampleAt(nowMs: number): Sample {
    const current = this.#samples[this.#current]
    if (current !== undefined && nowMs - current.startMs < this.#shape.sampleMs) return current
    if (current !== undefined) this.#current = (this.#current + 1) % (this.#shape.samples + 1)
    const next = (this.#samples[this.#current] ??= { sum: 0, startMs: nowMs, lastMs: nowMs })
    reset(next, nowMs)
    return next
  }

  #forgetOld(nowMs: number): void {
    const { samples, sampleMs } = this.#shape
    for (const sample of this.#samples) {
      if (nowMs - sample.lastMs >= samples * sampleMs) reset(sample, nowMs)
    }
  }

  /**
   * From the begin of the oldest sample; a whole window at least, but for its current sample. With
   * one sample, which begins now, that is nothing: it counts as a millisecond, as in Kafka.
   */
  #windowMs(nowMs: number): number {
    const { samples, sampleMs } = this.#shape
    let oldestMs = nowMs
    for (const { startMs } of this.#samples) oldestMs = Math.min(oldestMs, startMs)
    const elapsedMs = nowMs - oldestMs
    const missing = samples - 1 - Math.floor(elapsedMs / sampleMs)
    return Math.max(1, missing > 0 ? elapsedMs + missing * sampleMs : elapsedMs)
  }
}

function reset(sample: Sample, nowMs: number): void {
  sample.sum = 0
  sample.startMs = nowMs
  sample.lastMs = nowMs
}
