import { setTimeout as sleep } from 'node:timers/promises'

import { seededRandom } from '@pafka/base'
import type { Kafka, KafkaOptions, Producer, ProducerOptions } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import { untilLastAnswers } from '../load/last-answers.ts'
import { atRate } from '../load/marked-sender.ts'
import { randomPayloads } from '../load/payloads.ts'
import { produceLoad } from '../load/produce-load.ts'
import { readUntil } from '../load/read-until.ts'
import { RecordMarks } from '../load/record-marks.ts'
import type { Schedule } from '../load/schedule.ts'
import { CatchUpReport } from './catch-up-report.ts'
import { LIVE_MS, tellingMeanwhile } from './meanwhile.ts'
import { topicEnds } from './topic-ends.ts'

export interface CatchUpRun {
  readonly kafka: KafkaOptions
  readonly producer: ProducerOptions
  readonly topic: string
  /** Of the topic, if it is to be made. */
  readonly partitions: number
  readonly backlogRecords: number
  readonly recordSize: number
  /** Of the producer that goes on meanwhile. */
  readonly schedule: Schedule
  /** Before the backlog is read, and when it was. */
  readonly quietMs: number
  /** Without a record for so long it is given up. */
  readonly timeoutMs: number
  readonly isJson: boolean
  readonly seed: number
}

/**
 * Writes a backlog, and reads it while a producer goes on at its rate.
 * @returns false when it was not caught up, or records could not be written. Rejects when the
 *   output fails. @throws {KafkaError}
 */
export async function catchUpRun(run: CatchUpRun, context: CommandContext): Promise<boolean> {
  const report = new CatchUpReport(run.isJson, context)
  await untilLastAnswers(run.kafka, context.signal, async (kafka) => {
    const offsets = await topicEnds(kafka, run.topic, run.partitions)
    const producer = kafka.producer(run.producer)
    const work = async (signal: AbortSignal): Promise<void> => {
      await writeBacklog(run, producer, report, signal)
      if (!signal.aborted) await catchUp(run, { kafka, producer, offsets, report }, signal)
      report.stopped()
    }
    await tellingMeanwhile({ everyMs: LIVE_MS, tell: () => report.tell() }, work, context.signal)
  })
  await report.end()
  return report.isCaughtUp && report.failedRecords === 0
}

async function writeBacklog(
  { topic, backlogRecords: records, recordSize, seed }: CatchUpRun,
  producer: Producer,
  report: CatchUpReport,
  signal: AbortSignal,
): Promise<void> {
  const payload = randomPayloads(recordSize, seededRandom(seed))
  const load = { topic, records, payload, key: () => null, schedule: undefined }
  report.begin('backlog')
  await produceLoad(producer, load, report, signal)
  await producer.flush().catch(() => {}) // the report was told
}

interface CatchUpParts {
  readonly kafka: Kafka
  readonly producer: Producer
  /** Where the backlog begins, by partition. */
  readonly offsets: ReadonlyMap<number, number>
  readonly report: CatchUpReport
}

async function catchUp(
  run: CatchUpRun,
  { kafka, producer, offsets, report }: CatchUpParts,
  signal: AbortSignal,
): Promise<void> {
  const { topic, schedule, quietMs, timeoutMs } = run
  const marks = new RecordMarks(run.recordSize, seededRandom(run.seed + 1))
  const load = { producer, topic, records: Number.MAX_SAFE_INTEGER, marks, schedule }
  report.begin('before')
  const sender = atRate(load, report)
  const enough = new AbortController()
  const read = async (): Promise<void> => {
    await sleep(quietMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    await using reader = kafka.reader(topic, { offsets, readCommitted: false })
    report.begin('meanwhile')
    let [backlog, marked, endMs] = [0, 0, Infinity]
    const take = (value: Uint8Array | null): boolean => {
      const nowMs = performance.now()
      const index = marks.indexOf(value)
      const latencyMs = index === undefined ? undefined : nowMs - sender.dueMs(index)
      report.read(value?.length ?? 0, latencyMs)
      if (index === undefined) backlog += 1
      else marked += 1
      const isThere = backlog >= run.backlogRecords && marked >= report.acknowledgedRecords
      if (!report.isCaughtUp && isThere) {
        report.caughtUp()
        endMs = nowMs + quietMs
      }
      return nowMs >= endMs
    }
    await readUntil(reader, take, { timeoutMs, signal })
  }
  const end = AbortSignal.any([signal, enough.signal])
  await Promise.all([sender.send(end), read().finally(() => enough.abort())])
}
