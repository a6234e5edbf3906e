import { MB, SECOND_MS } from '@pafka/base'

import { Latencies } from '../measure/latencies.ts'
import { perSecond } from '../measure/per-second.ts'
import type { SweepPoint, SweepResult } from '../report/sweep-result.ts'
import { thisMachine } from '../sweep/this-machine.ts'
import type { PointFigures } from '../sweep/point-run.ts'
import { failuresOf } from './lab-failures.ts'
import { type LabFigures, type LabLoad, workloadOf } from './lab-stage.ts'
import { sendProblem } from './stage-problem.ts'

/** What was measured, and on what. */
export interface LabFacts {
  readonly load: LabLoad
  /** ISO 8601. */
  readonly beganAt: string
  /** What the slow disk is. */
  readonly disk: string
  /** As it was typed. */
  readonly command: string
}

type Measured = Pick<SweepPoint, 'records' | 'bytes' | 'elapsedMs' | 'acked'>

/** Of what failed no figure is comparable: how much did, and why, is told. */
const NOTHING: Measured = { records: 0, bytes: 0, elapsedMs: 0, acked: new Latencies().encode() }

/** All that a report of it needs. */
export function labResult(
  all: readonly LabFigures[],
  { load, beganAt, disk, command }: LabFacts,
): SweepResult {
  const workload = workloadOf(load).name
  const { burstRecords, burstMs, ratePerSecond, rateMs } = load
  const least = `or what goes in ${burstMs / SECOND_MS} s`
  const burst = `${burstRecords} records as fast as it goes, ${least}`
  const { name, facts } = thisMachine()
  return {
    ...{ title: 'The five-minute lab', beganAt, commands: [command] },
    machines: [{ name, facts: [...facts, ['slow disk', disk]] }],
    contestants: all.map(({ contestant }) => contestant),
    workloads: [
      {
        name: workload,
        facts: [
          ['burst', burst],
          ['rate', `${ratePerSecond} records/s for ${rateMs / SECOND_MS} s`],
        ],
      },
    ],
    points: all.flatMap((figures) => pointsOf(figures, workload, ratePerSecond)),
    notes: [
      ...failuresOf(all, load).map((failure) => `${failure}.`),
      ...all.flatMap((figures) => readNote(figures)),
    ],
  }
}

function pointsOf(
  { contestant, burst, steady }: LabFigures,
  workload: string,
  ratePerSecond: number,
): SweepPoint[] {
  return [
    { figures: burst, offeredPerSecond: undefined },
    { figures: steady, offeredPerSecond: ratePerSecond },
  ].map(({ figures, offeredPerSecond }) => ({
    ...{ contestant: contestant.name, workload, round: 1, offeredPerSecond, read: undefined },
    ...{ failed: figures.failed, busyShare: figures.busyShare },
    ...(sendProblem(figures) === undefined ? measured(figures) : NOTHING),
  }))
}

function measured(figures: PointFigures): Measured {
  const { records, bytes, elapsedMs, latencies } = figures
  return { records, bytes, elapsedMs, acked: latencies.encode() }
}

function readNote({ contestant, burst, read }: LabFigures): string[] {
  if (read === undefined || read.problem !== undefined) return []
  const rate = perSecond(read.bytes / MB, read.elapsedMs)
  const part = read.records < burst.records ? `${read.records} of ${burst.records} records` : 'all'
  const where = 'from the page cache where the system had it'
  const told = `of the burst ${part} was read back, at ${rate.toFixed(0)} MB/s`
  return [`${contestant.name}: ${told}, ${where}.`]
}
