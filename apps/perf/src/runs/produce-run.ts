import {
  type ClientMetrics,
  type KafkaError,
  type KafkaOptions,
  type Producer,
  type ProducerOptions,
} from '@pafka/client'

import type { CommandContext } from '@pafka/command'

import { isUnanswered, untilLastAnswers } from '../load/last-answers.ts'
import { produceLoad, type ProduceLoad, type ProduceWatch } from '../load/produce-load.ts'
import { partOf } from '../load/load-part.ts'
import { checkWarmUp } from '../load/warm-up.ts'
import { TransactionalSink } from '../load/transactional-sink.ts'
import { type Figures, Tally } from '../measure/tally.ts'
import { jsonLine } from '../print/json-lines.ts'
import { liveLine, progressOf, wipeLine } from '../print/live-line.ts'
import { metricsJsonLine, metricsLines } from '../print/metrics-lines.ts'
import {
  percentilesLine,
  STEADY_LINE,
  totalLine,
  warmUpLine,
  windowLine,
} from '../print/java-lines.ts'
import { LIVE_MS, type Telling, tellingMeanwhile } from './meanwhile.ts'

export interface ProduceRun {
  readonly kafka: KafkaOptions
  readonly producer: ProducerOptions
  /** Of all clients together. */
  readonly load: ProduceLoad
  readonly clients: number
  readonly warmupRecords: number
  /** How long each transaction lasts; undefined for none. */
  readonly transactionMs: number | undefined
  readonly intervalMs: number
  readonly isJson: boolean
  readonly printsMetrics: boolean
}

/**
 * @returns how many records failed. Rejects when the output fails.
 * @throws {ConfigError} when all is warm-up
 */
export async function produceRun(run: ProduceRun, context: CommandContext): Promise<number> {
  const { clients, warmupRecords } = run
  checkWarmUp(warmupRecords, run.load.records)
  const load = { ...run.load, warmupRecords }
  const report = new ProduceReport(run, context)
  const parts = Array.from({ length: clients }, (_, at) => partOf(load, at, clients))
  const metrics: ClientMetrics[] = []
  const send = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(
      parts.map(async (part, at) => {
        await untilLastAnswers(run.kafka, signal, async (kafka) => {
          try {
            const { transactionMs } = run
            const producer = kafka.producer(producerOf(run, at))
            await sendPart({ producer, part, transactionMs, watch: report.of(part) }, signal)
          } finally {
            metrics[at] = kafka.metrics()
          }
        })
      }),
    )
  }
  await report.begin()
  await tellingMeanwhile(report.telling, send, context.signal)
  const failed = await report.total()
  if (run.printsMetrics) {
    await context.write(run.isJson ? metricsJsonLine(metrics) : metricsLines(metrics))
  }
  return failed
}

interface Sending {
  readonly producer: Producer
  readonly part: ProduceLoad
  readonly transactionMs: number | undefined
  readonly watch: ProduceWatch
}

async function sendPart(sending: Sending, signal: AbortSignal): Promise<void> {
  const { producer, part, transactionMs, watch } = sending
  if (transactionMs === undefined) {
    await produceLoad(producer, part, watch, signal)
    await producer.flush()
  } else {
    const sink = await TransactionalSink.begin(producer, transactionMs)
    await produceLoad(sink, part, watch, signal)
    await sink.commit()
  }
}

/** Each has a transactional id of its own. */
function producerOf({ producer, clients }: ProduceRun, at: number): ProducerOptions {
  const { transactionalId: id } = producer
  return id === undefined || clients === 1
    ? producer
    : { ...producer, transactionalId: `${id}-${at}` }
}

/** Says what it comes to, now and then and at the end. */
class ProduceReport {
  readonly #run: ProduceRun
  readonly #context: CommandContext
  readonly #total = new Tally(performance.now())
  readonly #window = new Tally(performance.now())
  /** From when the first record after the warm-up was to be sent. */
  #steady: Tally | undefined
  #isSteady = false
  #hasToldSteady = false
  #unanswered = 0
  /** When the last record was acknowledged, and when it was told to end. */
  #answeredMs = 0
  #interruptedMs = Infinity
  #hasFailed = false

  constructor(run: ProduceRun, context: CommandContext) {
    this.#run = run
    this.#context = context
    const interrupted = (): void => void (this.#interruptedMs = performance.now())
    context.signal.addEventListener('abort', interrupted, { once: true })
  }

  async begin(): Promise<void> {
    const { warmupRecords, isJson } = this.#run
    if (warmupRecords > 0 && !isJson) await this.#context.write(warmUpLine(warmupRecords))
  }

  /** What one client sends. */
  of({ warmupRecords = 0 }: ProduceLoad): ProduceWatch {
    return {
      acknowledged: (records, bytes, latencyMs, index) =>
        this.#acknowledged(records, bytes, latencyMs, index >= warmupRecords),
      failed: (records, error, index) => this.#failed(records, error, index >= warmupRecords),
      steady: (dueMs) => {
        if (this.#run.warmupRecords > 0) this.#steady ??= new Tally(dueMs)
      },
    }
  }

  /** On a terminal one line is written anew again and again; else there are the Java tool's. */
  get telling(): Telling {
    const { isJson, intervalMs } = this.#run
    return this.#context.columns === undefined || isJson
      ? { everyMs: intervalMs, tell: () => this.#tellWindow() }
      : { everyMs: LIVE_MS, tell: () => this.#tellLive() }
  }

  #acknowledged(records: number, bytes: number, latencyMs: number, isSteady: boolean): void {
    this.#answeredMs = performance.now()
    this.#total.acknowledged(records, bytes, latencyMs)
    this.#window.acknowledged(records, bytes, latencyMs)
    if (isSteady) this.#steady?.acknowledged(records, bytes, latencyMs)
  }

  #failed(records: number, error: KafkaError, isSteady: boolean): void {
    if (isUnanswered(error, this.#context.signal)) {
      this.#unanswered += records
      return
    }
    this.#total.failed(records)
    this.#window.failed(records)
    if (isSteady) this.#steady?.failed(records)
    if (!this.#hasFailed) this.#context.writeError(`${error.message}\n`)
    this.#hasFailed = true
  }

  async #tellWindow(): Promise<void> {
    const figures = this.#window.take(performance.now())
    const wasSteady = this.#isSteady
    this.#isSteady = this.#steady !== undefined
    if (figures.records === 0) return
    if (wasSteady && !this.#hasToldSteady && !this.#run.isJson) {
      this.#hasToldSteady = true
      await this.#context.write(STEADY_LINE)
    }
    await this.#say('window', figures, windowLine(figures))
  }

  async #tellLive(): Promise<void> {
    const { columns, write } = this.#context
    if (columns === undefined) return
    const window = this.#window.take(performance.now())
    const progress = progressOf(window, this.#total.records, this.#run.load.records)
    await write(liveLine(progress, columns))
  }

  /** @returns how many records failed */
  async total(): Promise<number> {
    const endMs = this.#endMs()
    const total = this.#total.figures(endMs)
    if (this.#context.columns !== undefined && !this.#run.isJson) {
      await this.#context.write(wipeLine())
    }
    const steady = this.#steady?.figures(endMs)
    // before the lines of the Java tool: scripts take the last one
    if (!this.#run.isJson) await this.#context.write(percentilesLine(steady ?? total))
    await this.#say('total', total, totalLine(total))
    if (steady !== undefined) {
      await this.#say('steady', steady, totalLine(steady, 'steady state records sent'))
    }
    const { writeError } = this.#context
    if (total.failed > 0) writeError(`${total.failed} records failed\n`)
    if (this.#unanswered > 0) writeError(`${this.#unanswered} records were not answered\n`)
    return total.failed
  }

  /** Nobody is to be slower by the time in which it only waited for last answers. */
  #endMs(): number {
    const nowMs = performance.now()
    return Math.min(nowMs, Math.max(this.#interruptedMs, this.#answeredMs))
  }

  async #say(what: string, figures: Figures, line: string): Promise<void> {
    const { write, signal } = this.#context
    const about =
      signal.aborted && what !== 'window'
        ? { interrupted: true, unanswered: this.#unanswered }
        : undefined
    await write(this.#run.isJson ? jsonLine(what, figures, about) : line)
  }
}
