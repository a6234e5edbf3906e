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
import { TransactionalSink } from '../load/transactional-sink.ts'
import { type Figures, Tally } from '../measure/tally.ts'
import { jsonLine } from '../print/json-lines.ts'
import { liveLine, progressOf, wipeLine } from '../print/live-line.ts'
import { metricsJsonLine, metricsLines } from '../print/metrics-lines.ts'
import { percentilesLine, totalLine, windowLine } from '../print/java-lines.ts'
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

/** @returns how many records failed. Rejects when the output fails. */
export async function produceRun(run: ProduceRun, context: CommandContext): Promise<number> {
  const { load, clients, warmupRecords } = run
  const report = new ProduceReport(run, context)
  const parts = Array.from({ length: clients }, (_, at) => partOf(load, at, clients))
  const warmup = Math.ceil(warmupRecords / clients)
  const watch: ProduceWatch = {
    acknowledged: (records, bytes, latencyMs, index) =>
      report.acknowledged(records, bytes, latencyMs, index >= warmup),
    failed: (records, error) => report.failed(records, error),
  }
  const metrics: ClientMetrics[] = []
  const send = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(
      parts.map(async (part, at) => {
        await using kafka = new Kafka(run.kafka)
        await using producer = kafka.producer(producerOf(run, at))
        const { transactionMs } = run
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
  #steady: Tally | undefined
  #hasFailed = false

  constructor(run: ProduceRun, context: CommandContext) {
    this.#run = run
    this.#context = context
  }

  /** On a terminal one line is written anew again and again; else there are the Java tool's. */
  get telling(): Telling {
    const { isJson, intervalMs } = this.#run
    return this.#context.columns === undefined || isJson
      ? { everyMs: intervalMs, tell: () => this.#tellWindow() }
      : { everyMs: LIVE_MS, tell: () => this.#tellLive() }
  }

  acknowledged(records: number, bytes: number, latencyMs: number, isSteady: boolean): void {
    this.#total.acknowledged(records, bytes, latencyMs)
    this.#window.acknowledged(records, bytes, latencyMs)
    if (!isSteady || this.#run.warmupRecords === 0) return
    this.#steady ??= new Tally(performance.now())
    this.#steady.acknowledged(records, bytes, latencyMs)
  }

  failed(records: number, error: KafkaError): void {
    this.#total.failed(records)
    this.#window.failed(records)
    if (!this.#hasFailed) this.#context.writeError(`${error.message}\n`)
    this.#hasFailed = true
  }

  async #tellWindow(): Promise<void> {
    const figures = this.#window.take(performance.now())
    if (figures.records === 0) return
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
