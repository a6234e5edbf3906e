import {
  type Consumer,
  type ConsumerOptions,
  Kafka,
  type KafkaOptions,
  type Topic,
  type TopicPattern,
} from '@pafka/client'

import type { CommandContext } from '../command-context.ts'
import {
  type ConsumedSoFar,
  consumerHeader,
  consumerTotalLine,
  consumerWindowLine,
} from '../print/consumer-lines.ts'

type Bytes = Uint8Array

export interface ConsumeRun {
  readonly kafka: KafkaOptions
  readonly consumer: ConsumerOptions
  readonly groupId: string
  readonly topic: Topic<Bytes, Bytes> | TopicPattern<Bytes, Bytes>
  readonly records: number
  /** Without a record for so long it ends. */
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly isDetailed: boolean
  readonly hasHeader: boolean
  readonly dateFormat: string
}

const LOOK_MS = 1

/** Ends when there were so many records, or none for too long. Rejects when the output fails. */
export async function consumeRun(run: ConsumeRun, context: CommandContext): Promise<void> {
  const { isDetailed, dateFormat, hasHeader } = run
  if (hasHeader) await context.write(consumerHeader(isDetailed))
  await using kafka = new Kafka(run.kafka)
  const consumed = new Consumed()
  const begin = consumed.soFar()
  let before = begin
  const tell = async (): Promise<void> => {
    const now = consumed.soFar()
    const text = consumerWindowLine(before, now, dateFormat)
    before = now
    await context.write(text)
  }
  const timer = isDetailed ? setInterval(() => void tell(), run.intervalMs) : undefined
  try {
    await readAll(run, kafka, consumed, context)
  } finally {
    clearInterval(timer)
  }
  const end = consumed.soFar()
  const isWhole = end.records >= run.records
  if (!isWhole && !context.signal.aborted) {
    const why = `timeout (${run.timeoutMs} ms) exceeded.`
    const advice = 'You can use the --timeout option to increase the timeout.'
    await context.write(
      `WARNING: Exiting before consuming the expected number of records: ${why} ${advice}\n`,
    )
  }
  if (!isDetailed) await context.write(consumerTotalLine(begin, end, dateFormat))
}

async function readAll(
  run: ConsumeRun,
  kafka: Kafka,
  consumed: Consumed,
  { signal }: CommandContext,
): Promise<void> {
  await using consumer = kafka.consumer(run.groupId, run.topic, run.consumer)
  const joining = setInterval(() => consumed.look(consumer), LOOK_MS)
  try {
    while (consumed.records < run.records && !signal.aborted) {
      const late = AbortSignal.any([AbortSignal.timeout(run.timeoutMs), signal])
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      const batch = consumer.takeBatch() ?? (await consumer.nextBatch(late))
      if (batch === undefined) break
      consumed.look(consumer)
      for (const { keyBytes, valueBytes } of batch) {
        consumed.add((keyBytes?.length ?? 0) + (valueBytes?.length ?? 0))
      }
      if (run.consumer.ack !== 'manual') batch.ack()
    }
  } finally {
    clearInterval(joining)
  }
}

class Consumed {
  records = 0
  #bytes = 0
  readonly #beganMs = performance.now()
  readonly #beganAtMs = Date.now()
  #joinedMs: number | undefined

  add(bytes: number): void {
    this.records += 1
    this.#bytes += bytes
  }

  /** Whether it has partitions by now. */
  look({ assignment }: Pick<Consumer<Bytes, Bytes>, 'assignment'>): void {
    if (assignment.length > 0) this.#joinedMs ??= performance.now() - this.#beganMs
  }

  soFar(): ConsumedSoFar {
    const elapsedMs = performance.now() - this.#beganMs
    return {
      ...{ records: this.records, bytes: this.#bytes },
      ...{ atMs: this.#beganAtMs + elapsedMs, joiningMs: this.#joinedMs ?? elapsedMs },
    }
  }
}
