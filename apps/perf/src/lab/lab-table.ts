import { MB } from '@pafka/base'

import { perSecond } from '../measure/per-second.ts'
import { isFirst, tableLines } from '../print/table.ts'
import type { LabFigures, LabLoad } from './lab-stage.ts'

/** A row of the table: what it is of, and whether more of it is better. */
interface Row {
  readonly name: string
  readonly isRate: boolean
  of(figures: LabFigures): number
}

/**
 * Contestants side by side, and how many times the last is better than each other one.
 * @param all in the order in which they are shown
 */
export function labTable(all: readonly LabFigures[], { ratePerSecond }: LabLoad): string {
  const names = all.map(({ contestant }) => contestant.name)
  const last = all.at(-1)
  if (last === undefined) return ''
  const others = all.slice(0, -1)
  const ratios = others.map(({ contestant }) => `${last.contestant.name} : ${contestant.name}`)
  const rows = rowsOf(ratePerSecond).map((row) => [
    row.name,
    ...all.map((figures) => figureText(row.of(figures))),
    ...others.map((other) => ratioText(row, row.of(last), row.of(other))),
  ])
  return tableLines(['', ...names, ...ratios], rows, isFirst)
    .map((line) => `${line}\n`)
    .join('')
}

function rowsOf(ratePerSecond: number): Row[] {
  const at = (percent: number, name: string): Row => ({
    name: `${ratePerSecond} records/s: ${name} ms`,
    isRate: false,
    of: ({ steady }) => steady.latencies.percentileMs(percent),
  })
  return [
    {
      name: 'burst, MB/s',
      isRate: true,
      of: ({ burst }) => perSecond(burst.bytes, burst.elapsedMs) / MB,
    },
    {
      name: 'burst, p99 ms',
      isRate: false,
      of: ({ burst }) => burst.latencies.percentileMs(99),
    },
    {
      name: `${ratePerSecond} records/s: reached`,
      isRate: true,
      of: ({ steady }) => perSecond(steady.records, steady.elapsedMs),
    },
    ...[at(50, 'p50'), at(99, 'p99')],
    {
      name: 'read back, MB/s',
      isRate: true,
      of: ({ read }) => perSecond(read.bytes, read.elapsedMs) / MB,
    },
  ]
}

/** Three digits, which is more than a run of a lab is good for. */
function figureText(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value.toFixed(value >= 10 ? 1 : 2)
}

/** Times as much, or times as little, whichever is better. */
function ratioText({ isRate }: Row, own: number, other: number): string {
  const times = isRate ? own / other : other / own
  return Number.isFinite(times) ? `${figureText(times)} x` : '-'
}
