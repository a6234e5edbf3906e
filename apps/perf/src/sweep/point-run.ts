import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { SECOND_MS } from '@pafka/base'
import { Kafka, type KafkaError, type KafkaOptions, type ProducerOptions } from '@pafka/client'

import { partOf } from '../load/load-part.ts'
import { produceLoad, type ProduceLoad, type ProduceWatch } from '../load/produce-load.ts'
import { steadySchedule } from '../load/schedule.ts'
import { type Figures, Tally } from '../measure/tally.ts'
import type { Latencies } from '../measure/latencies.ts'
import type { Workload } from '../workload/workload.ts'
import { PointReaders } from './point-readers.ts'
import { STAMP_BYTES, Stamps } from './stamps.ts'
import { workloadKeys, workloadPayloads } from './workload-load.ts'

/** What is measured at once. */
export interface PointRun {
  readonly kafka: KafkaOptions
  readonly producer: ProducerOptions
  readonly workload: Workload
  /** They are there. */
  readonly topics: readonly string[]
  /** Of all producers together; undefined for as fast as it goes. */
  readonly ratePerSecond: number | undefined
  readonly seed: number
  /** It ends when so many are sent, if that is before its time; undefined for its time. */
  readonly records?: number | undefined
}

export interface PointFigures extends Figures {
  /** Until consumers had the records; undefined where nobody reads. */
  readonly read: Latencies | undefined
  /** Of this thread's time, 0 to 1. */
  readonly busyShare: number
  /** Why records failed. */
  readonly problem: string | undefined
}

const START_IN_MS = 100
const FLUSH_MS = 30 * SECOND_MS
const CLOSE_MS = 5 * SECOND_MS

/**
 * Sends at a rate for the time of a workload, after its warm-up. Counted is what was due in that
 * time: also what is acknowledged later, so that no tail is cut off.
 * @throws {KafkaError} when there is nobody to measure
 */
export async function pointRun(run: PointRun, signal: AbortSignal): Promise<PointFigures> {
  const { workload, topics, kafka } = run
  const { groups, partitions, recordBytes } = workload
  const stamps = new Stamps(randomInt(2 ** 32))
  const isStamped = recordBytes >= STAMP_BYTES
  const read = isStamped ? workload : { ...workload, groups: 0 }
  await using readers = new PointReaders(kafka, topics, read, stamps)
  await readers.begin(readers.count > 0 ? topics.length * groups * partitions : 0, signal)
  // they take longer to make than there is until the start
  const contents = contentsOf(run)
  const startMs = performance.now() + START_IN_MS
  const fromMs = startMs + workload.warmUpMs
  const untilMs = fromMs + workload.durationMs
  // without a warm-up all counts, also what a timer let begin too early
  const countsFromMs = workload.warmUpMs === 0 ? -Infinity : fromMs
  readers.countFrom(countsFromMs)
  const watch = new PointWatch(countsFromMs)
  const end = new AbortController()
  // what was due and could not be sent in time is sent nevertheless, if it does not take for ever
  const lateMs = run.ratePerSecond === undefined ? 0 : workload.durationMs
  const timer = setTimeout(() => end.abort(), untilMs + lateMs - performance.now())
  const stop = AbortSignal.any([signal, end.signal])
  const before = performance.eventLoopUtilization()
  try {
    const loads = loadsOf(run, contents, { stamps, startMs })
    await Promise.all(loads.map(async (load) => send(run, load, watch, stop)))
  } finally {
    clearTimeout(timer)
  }
  const busyShare = performance.eventLoopUtilization(before).utilization
  const isCut = run.records !== undefined && watch.lastMs < untilMs
  const figures = watch.figures((isCut ? watch.lastMs : Math.max(untilMs, watch.lastMs)) - fromMs)
  const latencies =
    readers.count > 0 ? await readers.end(figures.records * groups, signal) : undefined
  return { ...figures, read: latencies, busyShare, problem: watch.problem }
}

/** What a producer sends. */
type Contents = Pick<ProduceLoad, 'key' | 'payload'>

/** Of each producer. */
function contentsOf({ workload, topics, seed }: PointRun): Contents[] {
  return Array.from({ length: topics.length * workload.producersPerTopic }, (_, at) => ({
    key: workloadKeys(workload, seed + at),
    payload: workloadPayloads(workload, seed + at),
  }))
}

function loadsOf(
  run: PointRun,
  contents: readonly Contents[],
  { stamps, startMs }: { readonly stamps: Stamps; readonly startMs: number },
): ProduceLoad[] {
  const { workload, topics, ratePerSecond } = run
  const { durationMs, warmUpMs } = workload
  const due = ((ratePerSecond ?? Infinity) * (warmUpMs + durationMs)) / SECOND_MS
  const records = run.records ?? Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(due))
  const schedule = ratePerSecond === undefined ? undefined : steadySchedule(ratePerSecond)
  return contents.map((content, at) => {
    const topic = topics[at % topics.length] ?? ''
    const part = partOf({ ...content, topic, records, schedule, startMs }, at, contents.length)
    if (workload.recordBytes < STAMP_BYTES) return part
    const dueMs = (index: number): number =>
      part.schedule === undefined ? performance.now() : startMs + part.schedule.dueMs(index)
    return { ...part, payload: stamps.stamped(part.payload, dueMs) }
  })
}

async function send(
  { kafka: options, producer: terms }: PointRun,
  load: ProduceLoad,
  watch: ProduceWatch,
  stop: AbortSignal,
): Promise<void> {
  const kafka = new Kafka(options)
  try {
    const producer = kafka.producer(terms)
    await sleep(Math.max(0, (load.startMs ?? 0) - performance.now()))
    await produceLoad(producer, load, watch, stop)
    // what does not come in that time has failed
    await producer.flush({ signal: AbortSignal.timeout(FLUSH_MS) }).catch(() => {})
  } finally {
    await kafka.close({ timeoutMs: CLOSE_MS }).catch(() => {})
  }
}

/** Counts what was due from some time on. */
class PointWatch implements ProduceWatch {
  readonly #fromMs: number
  readonly #tally: Tally
  lastMs = 0
  problem: string | undefined

  constructor(fromMs: number) {
    this.#fromMs = fromMs
    this.#tally = new Tally(0)
  }

  acknowledged(records: number, bytes: number, latencyMs: number): void {
    const nowMs = performance.now()
    if (nowMs - latencyMs < this.#fromMs) return
    this.lastMs = nowMs
    this.#tally.acknowledged(records, bytes, latencyMs)
  }

  failed(records: number, error: KafkaError): void {
    this.problem ??= error.message
    this.#tally.failed(records)
  }

  figures(elapsedMs: number): Figures {
    return { ...this.#tally.figures(0), elapsedMs }
  }
}
