import {
  type ClientMetrics,
  Kafka,
  type KafkaError,
  type KafkaOptions,
  type ProducerOptions,
} from '@pafka/client'

import type { CommandContext } from '@pafka/command'

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
        await using kafka = new Kafka(run.kafka)
        await using producer = kafka.producer(producerOf(run, at))
        const { transactionMs } = run
        const watch = report.of(part)
        if (transactionMs === undefined) {
          await produceLoad(producer, part, watch, signal)
          await producer.flush()
        } else {
          const sink = await TransactionalSink.begin(producer, transactionMs)
          await produceLoad(sink, part, watch, signal)
          await sink.commit()
        }
        metrics[at] = kafka.metrics()
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
  #hasFailed = false

  constructor(run: ProduceRun, context: CommandContext) {
    this.#run = run
    this.#context = context
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
    const { columns } = this.#context
    const { isJson, intervalMs } = this.#run
    return columns === undefined || isJson
      ? { everyMs: intervalMs, tell: () => this.#tellWindow() }
      : { everyMs: LIVE_MS, tell: () => this.#tellLive(columns) }
  }

  #acknowledged(records: number, bytes: number, latencyMs: number, isSteady: boolean): void {
    this.#total.acknowledged(records, bytes, latencyMs)
    this.#window.acknowledged(records, bytes, latencyMs)
    if (isSteady) this.#steady?.acknowledged(records, bytes, latencyMs)
  }

  #failed(records: number, error: KafkaError, isSteady: boolean): void {
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

  async #tellLive(columns: number): Promise<void> {
    const window = this.#window.take(performance.now())
    const progress = progressOf(window, this.#total.records, this.#run.load.records)
    await this.#context.write(liveLine(progress, columns))
  }

  /** @returns how many records failed */
  async total(): Promise<number> {
    const nowMs = performance.now()
    const total = this.#total.figures(nowMs)
    if (this.#context.columns !== undefined && !this.#run.isJson) {
      await this.#context.write(wipeLine())
    }
    await this.#say('total', total, totalLine(total))
    const steady = this.#steady?.figures(nowMs)
    if (steady !== undefined) {
      await this.#say('steady', steady, totalLine(steady, 'steady state records sent'))
    }
    const last = steady ?? total
    if (!this.#run.isJson) await this.#context.write(percentilesLine(last))
    if (total.failed > 0) this.#context.writeError(`${total.failed} records failed\n`)
    return total.failed
  }

  async #say(what: string, figures: Figures, line: string): Promise<void> {
    const { write } = this.#context
    await write(this.#run.isJson ? jsonLine(what, figures) : line)
  }
}
