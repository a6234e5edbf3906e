import { seededRandom } from '@pafka/base'
import type { KafkaError, KafkaOptions, Producer, ProducerOptions, Reader } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import { isUnanswered, untilLastAnswers } from '../load/last-answers.ts'
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
  let report: EndToEndReport | undefined
  const marks = new RecordMarks(run.recordSize, seededRandom(run.seed))
  await untilLastAnswers(run.kafka, context.signal, async (kafka) => {
    const offsets = await topicEnds(kafka, run.topic, run.partitions)
    const producer = kafka.producer(run.producer)
    const reader = kafka.reader(run.topic, { offsets, readCommitted: false })
    // what connections and lookups take is no part of it
    await producer.send(run.topic, { value: 'first' })
    await reader.next()
    report = new EndToEndReport(run, context)
    await measure(run, { producer, reader, marks, report }, context.signal)
  })
  await report?.end()
  return report?.lost ?? 0
}

interface EndToEndParts {
  readonly producer: Producer
  readonly reader: Reader<Uint8Array, Uint8Array>
  readonly marks: RecordMarks
  readonly report: EndToEndReport
}

async function measure(
  { topic, records, recordSize, schedule, timeoutMs }: EndToEndRun,
  { producer, reader, marks, report }: EndToEndParts,
  interrupted: AbortSignal,
): Promise<void> {
  const load = { producer, topic, records, marks }
  const sender: MarkedSender =
    schedule === undefined ? oneByOne(load) : atRate({ ...load, schedule }, report)
  const take = (value: Uint8Array | null): boolean => {
    const index = marks.indexOf(value)
    if (index === undefined) return false
    report.read(index, recordSize, performance.now() - sender.dueMs(index))
    sender.wasRead(index)
    return report.isComplete
  }
  const work = async (signal: AbortSignal): Promise<void> => {
    const enough = new AbortController()
    const end = AbortSignal.any([signal, enough.signal])
    const send = async (): Promise<void> => {
      const sent = await sender.send(end)
      if (signal.aborted) report.sent(sent)
      if (report.isComplete) enough.abort()
    }
    // who is interrupted reads what is on its way
    const reading = readUntil(reader, take, { timeoutMs, signal: enough.signal })
    await Promise.all([send(), reading.finally(() => enough.abort())])
  }
  try {
    await tellingMeanwhile(report.telling, work, interrupted)
  } finally {
    report.stopped()
  }
}

/** Says what it comes to, now and then and at the end. */
class EndToEndReport implements ProduceWatch {
  readonly #run: EndToEndRun
  readonly #context: CommandContext
  readonly #total = new Tally(performance.now())
  readonly #window = new Tally(performance.now())
  readonly #told: string[] = []
  #hasFailed = false
  /** Of how many. */
  #sent: number
  #stoppedMs: number | undefined

  constructor(run: EndToEndRun, context: CommandContext) {
    this.#run = run
    this.#context = context
    this.#sent = run.records
    context.signal.addEventListener('abort', () => this.stopped(), { once: true })
  }

  /** It was told to end, and no more are sent than these. */
  sent(records: number): void {
    this.#sent = records
  }

  /** Nothing is measured any more, but for what is on its way. */
  stopped(): void {
    this.#stoppedMs ??= performance.now()
  }

  /** All that was sent was read. */
  get isComplete(): boolean {
    return this.#total.records >= this.#sent
  }

  get telling(): Telling {
    return { everyMs: this.#run.intervalMs, tell: () => this.#tellWindow() }
  }

  read(index: number, bytes: number, latencyMs: number): void {
    if (this.#stoppedMs !== undefined) this.#stoppedMs = performance.now()
    this.#total.acknowledged(1, bytes, latencyMs)
    this.#window.acknowledged(1, bytes, latencyMs)
    if (this.#run.schedule === undefined && index % TOLD_EACH === 0) {
      this.#told.push(oneRecordLine(index, latencyMs))
    }
  }

  /** Only what is read is told of. */
  acknowledged(): void {}

  failed(count: number, error: KafkaError): void {
    if (isUnanswered(error, this.#context.signal)) return
    this.#total.failed(count)
    if (!this.#hasFailed) this.#context.writeError(`${error.message}\n`)
    this.#hasFailed = true
  }

  /** How many were sent, and not read. */
  get lost(): number {
    return this.#sent - this.#total.records
  }

  async end(): Promise<void> {
    const { write, writeError, signal } = this.#context
    const { isJson } = this.#run
    await this.#tellWindow()
    const total = this.#total.figures(this.#stoppedMs ?? performance.now())
    const about = signal.aborted ? { interrupted: true, unanswered: this.lost - total.failed } : {}
    if (isJson) await write(jsonLine('total', total, about))
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
