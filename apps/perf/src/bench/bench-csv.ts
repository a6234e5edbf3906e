import { MIB, SECOND_MS } from '@pafka/base'

import { PERCENTILES } from '../measure/latencies.ts'
import { type Figures, rateOf } from '../measure/tally.ts'
import type { BenchFigures } from './bench-figures.ts'

const HEADS = [
  ...['what', 'host', 'client', 'topic', 'records', 'failed', 'seconds', 'records_per_s'],
  ...['mb_per_s', 'mean_ms', ...PERCENTILES.map((percent) => `p${percent}_ms`), 'max_ms'],
  ...['joining_ms', 'problem'],
]

/** A row for each client, for each host, and for all; RFC 4180, but with line feeds alone. */
export function benchCsv(bench: BenchFigures): string {
  const { total } = bench
  const rows = [
    HEADS,
    ...bench.clients.map(({ host, client, topic, figures, joiningMs, problem = '' }) => [
      ...['client', host, String(client), topic, ...figuresOf(figures)],
      ...[joiningMs.toFixed(0), problem],
    ]),
    ...bench.hosts.map(({ host, figures, lost }) => [
      ...['host', host, '', '', ...figuresOf(figures)],
      ...['', lost === undefined ? '' : `lost: ${lost}`],
    ]),
    ['all', '', '', '', ...figuresOf(total), '', ''],
  ]
  return rows.map((row) => `${row.map(quoted).join(',')}\n`).join('')
}

/** Times are left out where nothing was timed. */
function figuresOf(figures: Figures): string[] {
  const { records, bytes, failed, elapsedMs, latencies } = figures
  const times = [
    latencies.meanMs,
    ...PERCENTILES.map((percent) => latencies.percentileMs(percent)),
    latencies.maxMs,
  ]
  return [
    ...[String(records), String(failed), (elapsedMs / SECOND_MS).toFixed(3)],
    ...[rateOf(records, figures).toFixed(1), (rateOf(bytes, figures) / MIB).toFixed(3)],
    ...times.map((ms) => (latencies.count === 0 ? '' : ms.toFixed(3))),
  ]
}

function quoted(cell: string): string {
  return /[",\n\r]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
