import { MB } from '@pafka/base'
import { percent } from '@pafka/command'

import type { Latencies } from '../measure/latencies.ts'
import { rateOf } from '../measure/tally.ts'
import { isGeneratorBusy } from '../report/busy-generator.ts'
import type { SweepPoint } from '../report/sweep-result.ts'
import type { PointFigures } from './point-run.ts'

const HEADS = ['offered/s', 'reached/s', 'MB/s', 'p50 ms', 'p99', 'p99.9', 'max', 'read p50', 'p99']
const WIDTH = 10
const NAME_WIDTH = 14

export function pointHeads(): string {
  return line('', HEADS)
}

/** What one measurement came to, for people. */
export function pointLine(
  { contestant, offeredPerSecond }: SweepPoint,
  figures: PointFigures,
): string {
  const { records, bytes, latencies, read, failed } = figures
  const cells = [
    offeredPerSecond === undefined ? 'all' : String(offeredPerSecond),
    ...[rateOf(records, figures).toFixed(0), (rateOf(bytes, figures) / MB).toFixed(1)],
    ...ackedCells(latencies),
    ...readCells(read),
  ]
  const told = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(isGeneratorBusy(figures) ? [`generator ${percent(figures.busyShare)} busy`] : []),
  ]
  return `${[line(contestant, cells).trimEnd(), ...told].join('  ')}\n`
}

/** Without any ack there was no time until one. */
function ackedCells(latencies: Latencies): string[] {
  if (latencies.count === 0) return ['-', '-', '-', '-']
  return [...[50, 99, 99.9].map((share) => latencies.percentileMs(share)), latencies.maxMs].map(ms)
}

function readCells(read: Latencies | undefined): string[] {
  if (read === undefined || read.count === 0) return []
  return [50, 99].map((share) => ms(read.percentileMs(share)))
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0)
}

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(WIDTH)).join('')}\n`
}
