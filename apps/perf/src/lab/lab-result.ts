import { MB, SECOND_MS } from '@pafka/base'

import { perSecond } from '../measure/per-second.ts'
import type { SweepPoint, SweepResult } from '../report/sweep-result.ts'
import { thisMachine } from '../sweep/this-machine.ts'
import { type LabFigures, type LabLoad, workloadOf } from './lab-stage.ts'

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
    notes: all.map(readNote),
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
    ...{ records: figures.records, bytes: figures.bytes, failed: figures.failed },
    ...{ elapsedMs: figures.elapsedMs, busyShare: figures.busyShare },
    acked: figures.latencies.encode(),
  }))
}

function readNote({ contestant, burst, read }: LabFigures): string {
  const rate = perSecond(read.bytes / MB, read.elapsedMs)
  const part = read.records < burst.records ? `${read.records} of ${burst.records} records` : 'all'
  const where = 'from the page cache where the system had it'
  const told = `of the burst ${part} was read back, at ${rate.toFixed(0)} MB/s`
  return `${contestant.name}: ${told}, ${where}.`
}
