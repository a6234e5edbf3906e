import { setTimeout as sleep } from 'node:timers/promises'

import { SECOND_MS } from '@pafka/base'
import { Kafka, type KafkaOptions, type ProducerOptions } from '@pafka/client'

import { LAST_ANSWERS_MS } from '../load/last-answers.ts'
import { partOf } from '../load/load-part.ts'
import { produceLoad, type ProduceLoad, type ProduceWatch } from '../load/produce-load.ts'
import { steadySchedule } from '../load/schedule.ts'
import type { Latencies } from '../measure/latencies.ts'
import { monotonicMs, ofThisThread } from '../measure/monotonic-clock.ts'
import { Tally } from '../measure/tally.ts'
import type { Workload } from '../workload/workload.ts'
import { PointReaders, type ReadGroup } from './point-readers.ts'
import { reachProblem } from '../load/reachable.ts'
import { SilenceWatch } from './silence-watch.ts'
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

/** What one thread has to do of it. */
export interface PartTask {
  readonly run: PointRun
  /** Four bytes: values with another one are not of this run. */
  readonly runId: number
  /** Of the producers and of the groups it has every so-manieth, from this one on. */
  readonly at: number
  readonly of: number
}

export interface PartFigures {
  readonly records: number
  /** Of each topic. */
  readonly recordsOf: readonly number[]
  readonly bytes: number
  readonly failed: number
  readonly latencies: Latencies
  /** When the last record was acknowledged, by `monotonicMs`; 0 without any. */
  readonly lastMs: number
  /** Why records failed. */
  readonly problem: string | undefined
}

export interface PartReading {
  /** Of records that count; none without groups. */
  readonly latencies: Latencies
  /** Of the thread's time while records were sent, 0 to 1. */
  readonly busyShare: number
}

/** Some of the producers of a point, and some of its groups. Methods are called in their order. */
export interface PointPart extends AsyncDisposable {
  /** Connects, and has partitions to read. @throws {PafkaError} */
  prepare(): Promise<void>
  /** @param startMs when the first record is due, by `monotonicMs`. @throws {PafkaError} */
  send(startMs: number): Promise<PartFigures>
  /**
   * Waits for records that its groups read, when all parts have sent theirs.
   * @param recordsOf each topic that count, of all producers
   * @throws {PafkaError}
   */
  read(recordsOf: readonly number[]): Promise<PartReading>
}

const FLUSH_MS = 30 * SECOND_MS
const CLOSE_MS = 5 * SECOND_MS
/** Nobody answers: what is under way is given up. */
const GONE_CLOSE_MS = 0

/** The part of this thread. */
export class LocalPart implements PointPart {
  readonly #task: PartTask
  readonly #signal: AbortSignal
  readonly #stamps: Stamps
  readonly #readers: PointReaders
  readonly #contents: readonly Contents[]
  /** When sending began. */
  #before = performance.eventLoopUtilization()

  /** @param signal of who wants it to end early */
  constructor(task: PartTask, signal: AbortSignal) {
    this.#task = task
    this.#signal = signal
    this.#stamps = new Stamps(task.runId)
    const { kafka, workload } = task.run
    const groups = groupsOf(task)
    this.#readers = new PointReaders({ kafka, workload, groups }, this.#stamps)
    // they take longer to make than there is until the start
    this.#contents = contentsOf(task)
  }

  async prepare(): Promise<void> {
    await this.#readers.begin(this.#signal)
  }

  async send(startMs: number): Promise<PartFigures> {
    const { run } = this.#task
    const { durationMs, warmUpMs } = run.workload
    // without a warm-up all counts, also what a timer let begin too early
    const countsFromMs = warmUpMs === 0 ? -Infinity : startMs + warmUpMs
    this.#readers.countFrom(countsFromMs)
    const watch = new PartWatch(countsFromMs, run.topics.length)
    const [end, gone] = [new AbortController(), new AbortController()]
    // what was due and could not be sent in time is sent nevertheless, if it does not take for ever
    const lateMs = run.ratePerSecond === undefined ? 0 : durationMs
    const timer = setTimeout(
      () => end.abort(),
      startMs + warmUpMs + durationMs + lateMs - monotonicMs(),
    )
    const stop = AbortSignal.any([this.#signal, end.signal, gone.signal])
    // who is interrupted does not wait for long
    const giveUp = (): void => void setTimeout(() => gone.abort(), LAST_ANSWERS_MS).unref()
    this.#signal.addEventListener('abort', giveUp)
    using _ = new SilenceWatch({
      lastMs: () => ofThisThread(Math.max(startMs, watch.heardMs)),
      problem: async () => reachProblem(run.kafka),
      tell(problem) {
        watch.gone(problem)
        gone.abort()
      },
    })
    this.#before = performance.eventLoopUtilization()
    try {
      await Promise.all(
        this.#contents.map(async (content) => {
          const load = this.#load(content, startMs)
          await send(run, load, watch.of(content.topicAt), { stop, gone: gone.signal })
        }),
      )
    } finally {
      clearTimeout(timer)
      this.#signal.removeEventListener('abort', giveUp)
    }
    return watch.figures()
  }

  async read(recordsOf: readonly number[]): Promise<PartReading> {
    const busyShare = performance.eventLoopUtilization(this.#before).utilization
    return { latencies: await this.#readers.end(recordsOf, this.#signal), busyShare }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#readers[Symbol.asyncDispose]()
  }

  /** @param startMs by `monotonicMs` */
  #load({ producer, topicAt, ...content }: Contents, startMs: number): ProduceLoad {
    const { workload, topics, ratePerSecond, records: most } = this.#task.run
    const due =
      ((ratePerSecond ?? Infinity) * (workload.warmUpMs + workload.durationMs)) / SECOND_MS
    const records = most ?? Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(due))
    const schedule = ratePerSecond === undefined ? undefined : steadySchedule(ratePerSecond)
    const all = { ...content, topic: topics[topicAt] ?? '', records, schedule }
    const load = { ...all, startMs: ofThisThread(startMs) }
    const part = partOf(load, producer, producerCount(this.#task.run))
    if (!isStamped(workload)) return part
    const dueMs = (index: number): number =>
      part.schedule === undefined ? monotonicMs() : startMs + part.schedule.dueMs(index)
    return { ...part, payload: this.#stamps.stamped(part.payload, dueMs) }
  }
}

/** What a producer sends. */
interface Contents extends Pick<ProduceLoad, 'key' | 'payload'> {
  /** Which of all it is. */
  readonly producer: number
  /** Which of the topics it has. */
  readonly topicAt: number
}

function contentsOf({ run, at, of }: PartTask): Contents[] {
  const { workload, topics, seed } = run
  const own = range(producerCount(run)).filter((producer) => producer % of === at)
  return own.map((producer) => ({
    ...{ producer, topicAt: producer % topics.length },
    key: workloadKeys(workload, seed + producer),
    payload: workloadPayloads(workload, seed + producer),
  }))
}

/** Groups go on where producers end. */
function groupsOf({ run, at, of }: PartTask): ReadGroup[] {
  const { topics, workload } = run
  const producers = producerCount(run)
  const own = range(groupCount(run)).filter((group) => (producers + group) % of === at)
  return own.map((group) => {
    const topicAt = Math.floor(group / workload.groups)
    return { topic: topics[topicAt] ?? '', topicAt }
  })
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at)
}

export function producerCount({ topics, workload }: PointRun): number {
  return topics.length * workload.producersPerTopic
}

/** Of all topics; values too short for a stamp are not read. */
export function groupCount({ topics, workload }: PointRun): number {
  return isStamped(workload) ? topics.length * workload.groups : 0
}

function isStamped({ recordBytes }: Workload): boolean {
  return recordBytes >= STAMP_BYTES
}

interface SendEnds {
  /** Nothing more is sent. */
  readonly stop: AbortSignal
  /** Nobody is there who could acknowledge anything. */
  readonly gone: AbortSignal
}

async function send(
  { kafka: options, producer: terms }: PointRun,
  load: ProduceLoad,
  watch: ProduceWatch,
  { stop, gone }: SendEnds,
): Promise<void> {
  const kafka = new Kafka(options)
  try {
    const producer = kafka.producer(terms)
    await sleep(Math.max(0, (load.startMs ?? 0) - performance.now()))
    await produceLoad(producer, load, watch, stop)
    // what does not come in that time has failed
    const late = AbortSignal.any([gone, AbortSignal.timeout(FLUSH_MS)])
    await producer.flush({ signal: late }).catch(() => {})
  } finally {
    const timeoutMs = gone.aborted ? GONE_CLOSE_MS : CLOSE_MS
    await kafka.close({ timeoutMs }).catch(() => {})
  }
}

/** Counts what was due from some time on. */
class PartWatch {
  readonly #fromMs: number
  readonly #tally = new Tally(0)
  readonly #recordsOf: number[]
  /** When anything was acknowledged last, by `monotonicMs`; 0 without any. */
  heardMs = 0
  #lastMs = 0
  #problem: string | undefined

  /** @param fromMs by `monotonicMs` */
  constructor(fromMs: number, topics: number) {
    this.#fromMs = fromMs
    this.#recordsOf = Array<number>(topics).fill(0)
  }

  /** What goes to one topic. */
  of(topicAt: number): ProduceWatch {
    return {
      acknowledged: (records, bytes, latencyMs) => {
        const nowMs = monotonicMs()
        this.heardMs = nowMs
        if (nowMs - latencyMs < this.#fromMs) return
        this.#lastMs = nowMs
        this.#recordsOf[topicAt] = (this.#recordsOf[topicAt] ?? 0) + records
        this.#tally.acknowledged(records, bytes, latencyMs)
      },
      failed: (records, error) => {
        this.#problem ??= error.message
        this.#tally.failed(records)
      },
    }
  }

  /** Why nothing comes any more. */
  gone(problem: string): void {
    this.#problem ??= problem
  }

  figures(): PartFigures {
    const { records, bytes, failed, latencies } = this.#tally.figures(0)
    return {
      ...{ records, bytes, failed, latencies, recordsOf: this.#recordsOf },
      ...{ lastMs: this.#lastMs, problem: this.#problem },
    }
  }
}
