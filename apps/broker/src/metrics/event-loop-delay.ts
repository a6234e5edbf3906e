import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

import { SECOND_MS } from '@pafka/base'

const RESOLUTION_MS = 10
const NANOSECONDS = 1e9
const QUANTILES: readonly number[] = [0.5, 0.99, 0.999, 1]

/**
 * How late this thread is to what is due: while it is late it serves nobody. A timer goes off every
 * 10 ms and notes how much later it was; whatever holds the thread up shows in it.
 */
export class EventLoopDelay {
  readonly #histogram: ELDHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  start(): void {
    this.#histogram.enable()
  }

  stop(): void {
    this.#histogram.disable()
  }

  /**
   * Quantiles since the last call, as text ('0.5' to '1', the longest), in seconds: a stall is
   * reported once, and not lost among the hours before it.
   */
  take(): [quantile: string, seconds: number][] {
    const taken = QUANTILES.map((quantile): [string, number] => {
      // What it notes is the whole time from one timer to the next.
      const seconds = this.#histogram.percentile(quantile * 100) / NANOSECONDS
      return [String(quantile), Math.max(0, seconds - RESOLUTION_MS / SECOND_MS)]
    })
    this.#histogram.reset()
    return taken
  }
}
