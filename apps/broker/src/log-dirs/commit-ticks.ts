import { type Clock, SECOND_MS } from '@pafka/base'
import type { LogStore } from '@pafka/log'
import type { CommitTick } from '@pafka/migrator'

/** What producers met since the last look: moves give way when their commits take longer. */
export class CommitTicks {
  readonly #logs: Pick<LogStore, 'journalFigures'>
  readonly #clock: Clock
  #lastMs: number
  /** Of all so far. */
  #bytes = 0
  #rounds = 0
  #seconds = 0

  constructor(logs: Pick<LogStore, 'journalFigures'>, clock: Clock) {
    this.#logs = logs
    this.#clock = clock
    this.#lastMs = clock.monotonicMs()
  }

  /** Without a journal it says that nobody produces: there is no figure of what a commit takes. */
  next(): CommitTick {
    const figures = this.#logs.journalFigures
    const nowMs = this.#clock.monotonicMs()
    const tickMs = Math.max(1, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    if (figures === undefined) return { tickMs, latencyMs: 0, committedBytes: 0 }
    const { sum } = figures.writeSeconds
    const count = figures.writeSeconds.cumulative().at(-1) ?? 0
    const rounds = count - this.#rounds
    const committedBytes = figures.appendedBytes - this.#bytes
    const latencyMs = rounds > 0 ? ((sum - this.#seconds) / rounds) * SECOND_MS : 0
    this.#rounds = count
    this.#seconds = sum
    this.#bytes = figures.appendedBytes
    return { tickMs, latencyMs, committedBytes }
  }
}
