import { MB } from '@pafka/base'

import { perSecond } from '../measure/per-second.ts'
import { isFirst, tableLines } from '../print/table.ts'
import type { PointFigures } from '../sweep/point-run.ts'
import { failuresOf } from './lab-failures.ts'
import type { LabFigures, LabLoad } from './lab-stage.ts'
import type { ReadBack } from './read-back.ts'
import { readProblem, sendProblem } from './stage-problem.ts'

/** A row of the table: what it is of, and whether more of it is better. */
interface Row {
  readonly name: string
  readonly isRate: boolean
  /** Undefined where what it is of failed. */
  of(figures: LabFigures): number | undefined
}

/**
 * Contestants side by side, and how many times the last is better than each other one. What
 * failed is told below, and has no figure.
 * @param all in the order in which they are shown
 */
export function labTable(all: readonly LabFigures[], load: LabLoad): string {
  const names = all.map(({ contestant }) => contestant.name)
  const last = all.at(-1)
  if (last === undefined) return ''
  const others = all.slice(0, -1)
  const ratios = others.map(({ contestant }) => `${last.contestant.name} : ${contestant.name}`)
  const rows = rowsOf(load.ratePerSecond).map((row) => [
    row.name,
    ...all.map((figures) => figureText(row.of(figures))),
    ...others.map((other) => ratioText(row, row.of(last), row.of(other))),
  ])
  const failures = failuresOf(all, load)
  const table = tableLines(['', ...names, ...ratios], rows, isFirst)
  const below = failures.length > 0 ? ['', ...failures] : []
  return [...table, ...below].map((line) => `${line}\n`).join('')
}

function rowsOf(ratePerSecond: number): Row[] {
  const at = (percent: number, name: string): Row => ({
    name: `${ratePerSecond} records/s: ${name} ms`,
    isRate: false,
    of: ({ steady }) => unlessFailed(steady)?.latencies.percentileMs(percent),
  })
  return [
    {
      name: 'burst, MB/s',
      isRate: true,
      of: ({ burst }) => megabytes(unlessFailed(burst)),
    },
    {
      name: 'burst, p99 ms',
      isRate: false,
      of: ({ burst }) => unlessFailed(burst)?.latencies.percentileMs(99),
    },
    {
      name: `${ratePerSecond} records/s: reached`,
      isRate: true,
      of: ({ steady }) => {
        const sent = unlessFailed(steady)
        return sent && perSecond(sent.records, sent.elapsedMs)
      },
    },
    ...[at(50, 'p50'), at(99, 'p99')],
    {
      name: 'read back, MB/s',
      isRate: true,
      of: ({ read }) => (readProblem(read) === undefined ? megabytes(read) : undefined),
    },
  ]
}

function unlessFailed(figures: PointFigures): PointFigures | undefined {
  return sendProblem(figures) === undefined ? figures : undefined
}

/** A second. */
function megabytes(of: PointFigures | ReadBack | undefined): number | undefined {
  return of && perSecond(of.bytes, of.elapsedMs) / MB
}

/** Three digits, which is more than a run of a lab is good for. */
function figureText(value: number | undefined): string {
  if (value === undefined) return 'failed'
  if (value >= 100) return value.toFixed(0)
  return value.toFixed(value >= 10 ? 1 : 2)
}

/** Times as much, or times as little, whichever is better. */
function ratioText({ isRate }: Row, own: number | undefined, other: number | undefined): string {
  if (own === undefined || other === undefined) return '-'
  const times = isRate ? own / other : other / own
  return Number.isFinite(times) ? `${figureText(times)} x` : '-'
}
