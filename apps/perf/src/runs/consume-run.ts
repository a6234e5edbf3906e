import {
  type ClientMetrics,
  type ConsumerOptions,
  type KafkaOptions,
  type Topic,
  type TopicPattern,
} from '@pafka/client'

import type { CommandContext } from '@pafka/command'

import { consumeLoad } from '../load/consume-load.ts'
import { untilLastAnswers } from '../load/last-answers.ts'
import { reachProblem } from '../load/reachable.ts'
import { Consumed } from '../measure/consumed.ts'
import {
  type ConsumedSoFar,
  consumerHeader,
  consumerTotalLine,
  consumerWindowLine,
  ratesBetween,
  steadyLine,
} from '../print/consumer-lines.ts'
import type { DateFormat } from '../print/date-format.ts'
import { metricsJsonLine, metricsLines } from '../print/metrics-lines.ts'
import { consumedJsonLine } from '../print/json-lines.ts'
import { liveLine, wipeLine } from '../print/live-line.ts'
import { LIVE_MS, type Telling, tellingMeanwhile } from './meanwhile.ts'

type Bytes = Uint8Array

export interface ConsumeRun {
  readonly kafka: KafkaOptions
  readonly consumer: ConsumerOptions
  readonly groupId: string
  readonly topic: Topic<Bytes, Bytes> | TopicPattern<Bytes, Bytes>
  readonly records: number
  /** The first ones, which are left out of the steady state. */
  readonly warmupRecords: number
  /** Members of the group. */
  readonly clients: number
  /** Without a record for so long it ends. */
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly isDetailed: boolean
  readonly isJson: boolean
  readonly printsMetrics: boolean
  readonly hasHeader: boolean
  readonly dateFormat: DateFormat
}

/** Ends when there were so many records, or none for too long. Rejects when the output fails. */
export async function consumeRun(run: ConsumeRun, context: CommandContext): Promise<void> {
  const consumed = new Consumed(run.warmupRecords)
  const report = new ConsumeReport(run, consumed, context)
  await report.begin()
  const load = { ...run, commits: run.consumer.ack !== 'manual' }
  const metrics: ClientMetrics[] = []
  const read = async (signal: AbortSignal): Promise<void> => {
    const enough = new AbortController()
    const end = AbortSignal.any([signal, enough.signal])
    await Promise.all(
      Array.from({ length: run.clients }, async (_, at) => {
        await untilLastAnswers(run.kafka, signal, async (kafka) => {
          try {
            await using consumer = kafka.consumer(run.groupId, run.topic, run.consumer)
            await consumeLoad(consumer, load, consumed, end)
            consumed.stopped()
            if (consumed.records >= run.records) enough.abort()
          } finally {
            metrics[at] = kafka.metrics()
          }
        })
      }),
    )
  }
  await tellingMeanwhile(report.telling, read, context.signal)
  await report.end()
  if (run.printsMetrics) {
    await context.write(run.isJson ? metricsJsonLine(metrics) : metricsLines(metrics))
  }
}

/** Says how far it is, now and then and at the end. */
class ConsumeReport {
  readonly #run: ConsumeRun
  readonly #consumed: Consumed
  readonly #context: CommandContext
  readonly #begin: ConsumedSoFar
  #before: ConsumedSoFar

  constructor(run: ConsumeRun, consumed: Consumed, context: CommandContext) {
    this.#run = run
    this.#consumed = consumed
    this.#context = context
    this.#begin = consumed.soFar()
    this.#before = this.#begin
  }

  async begin(): Promise<void> {
    const { hasHeader, isDetailed, isJson } = this.#run
    if (hasHeader && !isJson) await this.#context.write(consumerHeader(isDetailed))
  }

  /** On a terminal one line is written anew again and again; else there are the Java tool's. */
  get telling(): Telling {
    const { isDetailed, isJson, intervalMs } = this.#run
    if (isDetailed || isJson) return { everyMs: intervalMs, tell: () => this.#tellWindow() }
    return { everyMs: LIVE_MS, tell: () => this.#tellLive() }
  }

  async end(): Promise<void> {
    const { isDetailed, isJson, dateFormat, records, timeoutMs } = this.#run
    const { write, writeError, signal, columns } = this.#context
    const end = this.#consumed.total()
    if (columns !== undefined && !isJson && !isDetailed) await write(wipeLine())
    if (end.records < records && !signal.aborted) {
      const why = `timeout (${timeoutMs} ms) exceeded.`
      const advice = 'You can use the --timeout option to increase the timeout.'
      const warning = 'WARNING: Exiting before consuming the expected number of records:'
      const text = `${warning} ${why} ${advice}\n`
      if (isJson) writeError(text)
      else await write(text)
      const problem = end.records === 0 ? await reachProblem(this.#run.kafka) : undefined
      if (problem !== undefined) writeError(`The brokers ${problem}.\n`)
    }
    const about = signal.aborted ? { interrupted: true } : {}
    if (isJson) await write(consumedJsonLine('total', this.#begin, end, about))
    else if (!isDetailed) await write(consumerTotalLine(this.#begin, end, dateFormat))
    const { warm } = this.#consumed
    if (warm === undefined) return
    await write(isJson ? consumedJsonLine('steady', warm, end) : steadyLine(warm, end))
  }

  async #tellWindow(): Promise<void> {
    const [before, now] = this.#window()
    const { isJson, dateFormat } = this.#run
    await this.#context.write(
      isJson
        ? consumedJsonLine('window', before, now)
        : consumerWindowLine(before, now, dateFormat),
    )
  }

  async #tellLive(): Promise<void> {
    const { columns, write } = this.#context
    if (columns === undefined) return
    const [before, now] = this.#window()
    const progress = { ...ratesBetween(before, now), ofRecords: this.#run.records }
    await write(liveLine({ ...progress, records: now.records }, columns))
  }

  /** What came since it was asked last. */
  #window(): readonly [before: ConsumedSoFar, now: ConsumedSoFar] {
    const before = this.#before
    this.#before = this.#consumed.soFar()
    return [before, this.#before]
  }
}
