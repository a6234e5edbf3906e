import { seededRandom } from '@pafka/base'
import { Kafka, type KafkaError, type KafkaOptions, type ProducerOptions } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import { atRate, type MarkedSender, oneByOne } from '../load/marked-sender.ts'
import type { ProduceWatch } from '../load/produce-load.ts'
import { readUntil } from '../load/read-until.ts'
import { RecordMarks } from '../load/record-marks.ts'
import type { Schedule } from '../load/schedule.ts'
import { Tally } from '../measure/tally.ts'
import { endToEndLines, oneRecordLine } from '../print/end-to-end-lines.ts'
import { percentilesLine, windowLine } from '../print/java-lines.ts'
import { jsonLine } from '../print/json-lines.ts'
import { type Telling, tellingMeanwhile } from './meanwhile.ts'
import { topicEnds } from './topic-ends.ts'

export interface EndToEndRun {
  readonly kafka: KafkaOptions
  readonly producer: ProducerOptions
  readonly topic: string
  /** Of the topic, if it is to be made. */
  readonly partitions: number
  readonly records: number
  readonly recordSize: number
  /** Undefined for one record after the other: each is sent when the one before was read. */
  readonly schedule: Schedule | undefined
  /** What is not read so long after all else is lost. */
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly isJson: boolean
  readonly seed: number
}

/** Of those that are sent one after the other, as in Kafka's tool. */
const TOLD_EACH = 1000

/**
 * Sends records and reads them, by one clock.
 * @returns how many were not read. Rejects when the output fails. @throws {KafkaError}
 */
export async function endToEndRun(run: EndToEndRun, context: CommandContext): Promise<number> {
  const { topic, records, schedule, timeoutMs } = run
  await using kafka = new Kafka(run.kafka)
  const offsets = await topicEnds(kafka, topic, run.partitions)
  const marks = new RecordMarks(run.recordSize, seededRandom(run.seed))
  await using producer = kafka.producer(run.producer)
  await using reader = kafka.reader(topic, { offsets, readCommitted: false })
  // what connections and lookups take is no part of it
  await producer.send(topic, { value: 'first' })
  await reader.next()
  const report = new EndToEndReport(run, context)
  const load = { producer, topic, records, marks }
  const sender: MarkedSender =
    schedule === undefined ? oneByOne(load) : atRate({ ...load, schedule }, report)
  const work = async (signal: AbortSignal): Promise<void> => {
    const enough = new AbortController()
    const end = AbortSignal.any([signal, enough.signal])
    const take = (value: Uint8Array | null): boolean => {
      const index = marks.indexOf(value)
      if (index === undefined) return false
      report.read(index, run.recordSize, performance.now() - sender.dueMs(index))
      sender.wasRead(index)
      return report.records === records
    }
    const reading = readUntil(reader, take, { timeoutMs, signal: end })
    await Promise.all([sender.send(end), reading.finally(() => enough.abort())])
  }
  await tellingMeanwhile(report.telling, work, context.signal)
  await report.end()
  return report.lost
}

/** Says what it comes to, now and then and at the end. */
class EndToEndReport implements ProduceWatch {
  readonly #run: EndToEndRun
  readonly #context: CommandContext
  readonly #total = new Tally(performance.now())
  readonly #window = new Tally(performance.now())
  readonly #told: string[] = []
  #hasFailed = false

  constructor(run: EndToEndRun, context: CommandContext) {
    this.#run = run
    this.#context = context
  }

  /** Read so far. */
  get records(): number {
    return this.#total.records
  }

  get telling(): Telling {
    return { everyMs: this.#run.intervalMs, tell: () => this.#tellWindow() }
  }

  read(index: number, bytes: number, latencyMs: number): void {
    this.#total.acknowledged(1, bytes, latencyMs)
    this.#window.acknowledged(1, bytes, latencyMs)
    if (this.#run.schedule === undefined && index % TOLD_EACH === 0) {
      this.#told.push(oneRecordLine(index, latencyMs))
    }
  }

  /** Only what is read is told of. */
  acknowledged(): void {}

  failed(count: number, error: KafkaError): void {
    this.#total.failed(count)
    if (!this.#hasFailed) this.#context.writeError(`${error.message}\n`)
    this.#hasFailed = true
  }

  /** How many were not read. */
  get lost(): number {
    return this.#context.signal.aborted ? 0 : this.#run.records - this.records
  }

  async end(): Promise<void> {
    const { write, writeError } = this.#context
    const { isJson } = this.#run
    await this.#tellWindow()
    const total = this.#total.figures(performance.now())
    if (isJson) await write(jsonLine('total', total))
    else await write(`${endToEndLines(total.latencies)}${percentilesLine(total)}`)
    const { lost } = this
    if (lost > 0) writeError(`${lost} records were not read, ${total.failed} of them not written\n`)
  }

  async #tellWindow(): Promise<void> {
    const { isJson, schedule } = this.#run
    const { write } = this.#context
    const window = this.#window.take(performance.now())
    if (isJson) await write(jsonLine('window', window))
    else if (schedule === undefined) await write(this.#told.splice(0).join(''))
    else if (window.records > 0) await write(windowLine(window, 'records read'))
  }
}
