import { randomInt } from 'node:crypto'

import { monotonicMs } from '../measure/monotonic-clock.ts'
import { Latencies } from '../measure/latencies.ts'
import { type Figures, Tally } from '../measure/tally.ts'
import {
  groupCount,
  LocalPart,
  type PartFigures,
  type PointPart,
  type PointRun,
  producerCount,
} from './point-part.ts'
import { ThreadPart } from './thread-part.ts'

export interface PointFigures extends Figures {
  /** Until consumers had the records; undefined where nobody reads. */
  readonly read: Latencies | undefined
  /** Of a thread's time, 0 to 1, where it was most. */
  readonly busyShare: number
  /** Why records failed. */
  readonly problem: string | undefined
}

const START_IN_MS = 100

/**
 * Sends at a rate for the time of a workload, after its warm-up. Counted is what was due in that
 * time: also what is acknowledged later, so that no tail is cut off.
 * @param threads among which its producers and groups are shared out; one is this thread
 * @throws {PafkaError} when there is nobody to measure
 */
export async function pointRun(
  run: PointRun,
  threads: number,
  signal: AbortSignal,
): Promise<PointFigures> {
  const failed = new AbortController()
  const parts = partsOf(run, threads, AbortSignal.any([signal, failed.signal]))
  // one that fails ends the others: nothing is measured without it
  const all = async <T>(what: (part: PointPart) => Promise<T>): Promise<T[]> => {
    const results = parts.map(what)
    for (const result of results) result.catch(() => failed.abort())
    await Promise.allSettled(results)
    return Promise.all(results)
  }
  try {
    await all((part) => part.prepare())
    const startMs = monotonicMs() + START_IN_MS
    const sent = await all((part) => part.send(startMs))
    const figures = sumOf(sent, run, startMs)
    const recordsOf = run.topics.map((_, at) =>
      sent.reduce((sum, part) => sum + (part.recordsOf[at] ?? 0), 0),
    )
    const readings = await all((part) => part.read(recordsOf))
    const read = new Latencies()
    for (const { latencies } of readings) read.add(latencies)
    const busyShare = Math.max(...readings.map((reading) => reading.busyShare))
    return { ...figures, busyShare, read: groupCount(run) > 0 ? read : undefined }
  } finally {
    await Promise.all(parts.map(async (part) => part[Symbol.asyncDispose]()))
  }
}

function partsOf(run: PointRun, threads: number, signal: AbortSignal): PointPart[] {
  const runId = randomInt(2 ** 32)
  const of = Math.min(threads, producerCount(run) + groupCount(run))
  if (of === 1) return [new LocalPart({ run, runId, at: 0, of }, signal)]
  return Array.from({ length: of }, (_, at) => new ThreadPart({ run, runId, at, of }, signal))
}

function sumOf(
  parts: readonly PartFigures[],
  { workload, records: most }: PointRun,
  startMs: number,
): Omit<PointFigures, 'read' | 'busyShare'> {
  const fromMs = startMs + workload.warmUpMs
  const tally = new Tally(fromMs)
  for (const part of parts) tally.add(part, part.latencies)
  const untilMs = fromMs + workload.durationMs
  // without an ack there is no time of the last one
  const lastMs = Math.max(fromMs, ...parts.map((part) => part.lastMs))
  const isCut = most !== undefined && lastMs < untilMs
  return {
    ...tally.figures(isCut ? lastMs : Math.max(untilMs, lastMs)),
    problem: parts.find(({ problem }) => problem !== undefined)?.problem,
  }
}
