import { Kafka, type KafkaError, type KafkaOptions, type ProducerOptions } from '@pafka/client'

import type { CommandContext } from '../command-context.ts'
import { produceLoad, type ProduceLoad } from '../load/produce-load.ts'
import { type Figures, rateOf, Tally } from '../measure/tally.ts'
import { percentilesLine, producerTotalLine, producerWindowLine } from '../print/java-lines.ts'

export interface ProduceRun {
  readonly kafka: KafkaOptions
  readonly producer: ProducerOptions
  /** Of all clients together. */
  readonly load: ProduceLoad
  readonly clients: number
  readonly warmupRecords: number
  readonly intervalMs: number
  readonly isJson: boolean
}

/** @returns how many records failed. Rejects when the output fails. */
export async function produceRun(run: ProduceRun, context: CommandContext): Promise<number> {
  const { load, clients, warmupRecords, intervalMs } = run
  const report = new ProduceReport(run, context)
  const parts = Array.from({ length: clients }, (_, at) => partOf(load, at, clients))
  const warmup = Math.ceil(warmupRecords / clients)
  const timer = setInterval(() => void report.window(), intervalMs)
  try {
    await Promise.all(
      parts.map(async (part) => {
        await using kafka = new Kafka(run.kafka)
        await using producer = kafka.producer(run.producer)
        const watch = {
          acknowledged: (records: number, bytes: number, latencyMs: number, index: number) =>
            report.acknowledged(records, bytes, latencyMs, index >= warmup),
          failed: (records: number, error: KafkaError) => report.failed(records, error),
        }
        await produceLoad(producer, part, watch, context.signal)
        await producer.flush()
      }),
    )
  } finally {
    clearInterval(timer)
  }
  await report.total()
  return report.failedRecords
}

/** Each sends as many, at its part of the rate, one a little after the other. */
function partOf(load: ProduceLoad, at: number, clients: number): ProduceLoad {
  const { schedule, records, payload } = load
  const own = Math.floor(records / clients) + (at < records % clients ? 1 : 0)
  const indexOf = (index: number): number => index * clients + at
  return {
    ...load,
    records: own,
    payload: (index) => payload(indexOf(index)),
    schedule: schedule && {
      dueMs: (index) => schedule.dueMs(indexOf(index)),
      dueBy: (elapsedMs) => Math.ceil((schedule.dueBy(elapsedMs) - at) / clients),
    },
  }
}

/** Says what it comes to, now and then and at the end. */
class ProduceReport {
  readonly #run: ProduceRun
  readonly #context: CommandContext
  readonly #total = new Tally(performance.now())
  readonly #window = new Tally(performance.now())
  #steady: Tally | undefined
  #failed = 0
  #error: KafkaError | undefined

  constructor(run: ProduceRun, context: CommandContext) {
    this.#run = run
    this.#context = context
  }

  get failedRecords(): number {
    return this.#failed
  }

  acknowledged(records: number, bytes: number, latencyMs: number, isSteady: boolean): void {
    this.#total.acknowledged(records, bytes, latencyMs)
    this.#window.acknowledged(records, bytes, latencyMs)
    if (!isSteady || this.#run.warmupRecords === 0) return
    this.#steady ??= new Tally(performance.now())
    this.#steady.acknowledged(records, bytes, latencyMs)
  }

  failed(records: number, error: KafkaError): void {
    this.#failed += records
    this.#total.failed(records)
    this.#window.failed(records)
    if (this.#error === undefined) this.#context.writeError(`${error.message}\n`)
    this.#error = error
  }

  async window(): Promise<void> {
    const figures = this.#window.take(performance.now())
    if (figures.records === 0) return
    await this.#say('window', figures, producerWindowLine(figures))
  }

  async total(): Promise<void> {
    const nowMs = performance.now()
    const total = this.#total.figures(nowMs)
    await this.#say('total', total, producerTotalLine(total))
    const steady = this.#steady?.figures(nowMs)
    if (steady !== undefined) {
      await this.#say('steady', steady, producerTotalLine(steady, 'steady state records'))
    }
    const last = steady ?? total
    if (!this.#run.isJson) await this.#context.write(percentilesLine(last))
    if (this.#failed > 0) this.#context.writeError(`${this.#failed} records failed\n`)
  }

  async #say(what: string, figures: Figures, line: string): Promise<void> {
    const { write } = this.#context
    await write(this.#run.isJson ? `${JSON.stringify(jsonOf(what, figures))}\n` : line)
  }
}

function jsonOf(what: string, figures: Figures): Record<string, unknown> {
  const { records, bytes, failed, elapsedMs, latencies } = figures
  const percents = [50, 90, 95, 99, 99.9, 99.99, 99.999]
  return {
    ...{ what, records, bytes, failed, elapsedMs },
    recordsPerSecond: rateOf(records, figures),
    bytesPerSecond: rateOf(bytes, figures),
    latencyMs: {
      ...{ mean: latencies.meanMs, min: latencies.minMs, max: latencies.maxMs },
      ...Object.fromEntries(percents.map((each) => [`p${each}`, latencies.percentileMs(each)])),
    },
    histogram: latencies.encode(),
  }
}
