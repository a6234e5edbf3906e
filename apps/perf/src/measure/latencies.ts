import { HOUR_MS } from '@pafka/base'
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type JsHistogram,
} from 'hdr-histogram-js'

/** Those that are told of, in percent. */
export const PERCENTILES = [50, 90, 95, 99, 99.9, 99.99, 99.999] as const

const US_PER_MS = 1000
/** A percentile is off by at most a thousandth of itself. */
const DIGITS = 3

/**
 * How long things took, in a histogram of high dynamic range: from 1 us to an hour, each to three
 * digits, so that no tail is cut off and those of many processes can be added up.
 */
export class Latencies {
  readonly #histogram: JsHistogram

  constructor(histogram: JsHistogram = emptyHistogram()) {
    this.#histogram = histogram
  }

  /** @param text as `encode` wrote it. @throws {Error} when it is no histogram */
  static decode(text: string): Latencies {
    return new Latencies(decodeFromCompressedBase64(text, 64) as JsHistogram)
  }

  get count(): number {
    return this.#histogram.totalCount
  }

  /** 0 without any. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.#recorded(this.#histogram.mean)
  }

  get maxMs(): number {
    return this.count === 0 ? 0 : this.#histogram.maxValue / US_PER_MS
  }

  get minMs(): number {
    return this.count === 0 ? 0 : this.#histogram.minNonZeroValue / US_PER_MS
  }

  /** `count` things took `ms` each; less than 1 us counts as 1 us, more than an hour as one. */
  record(ms: number, count: number): void {
    const us = Math.min(HOUR_MS, ms) * US_PER_MS
    this.#histogram.recordValueWithCount(Math.max(1, Math.round(us)), count)
  }

  /** @param percent 0 to 100. @returns milliseconds that so many of a hundred do not exceed */
  percentileMs(percent: number): number {
    return this.count === 0 ? 0 : this.#recorded(this.#histogram.getValueAtPercentile(percent))
  }

  /** Those of a bucket count as its middle, or its end: that may be above all that was recorded. */
  #recorded(us: number): number {
    return Math.min(this.maxMs, Math.max(this.minMs, us / US_PER_MS))
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#histogram)
  }

  clear(): void {
    this.#histogram.reset()
  }

  /** HdrHistogram's own compressed format (V2), in base64: its tools read it. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram)
  }
}

function emptyHistogram(): JsHistogram {
  return build({
    ...{ bitBucketSize: 64, autoResize: false },
    ...{ lowestDiscernibleValue: 1, highestTrackableValue: HOUR_MS * US_PER_MS },
    numberOfSignificantValueDigits: DIGITS,
  }) as JsHistogram
}
