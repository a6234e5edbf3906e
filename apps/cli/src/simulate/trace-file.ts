import { ConfigError } from '@pafka/base'

import type { Load, LoadPoint } from './load.ts'

const COLUMNS = ['time_s', 'produce_mb_s', 'tail_mb_s', 'replay_mb_s', 'replay_age_s'] as const
const MOST_PROBLEMS = 10
/** 10^15 bytes per second, or thirty years: sums of such are still numbers. */
const MOST = 1e9
const NONE: LoadPoint = { produceRate: 0, tailRate: 0, replayRate: 0, replayAgeMs: 0 }

export interface Trace {
  readonly load: Load
  /** Time of the last row. */
  readonly endMs: number
}

/**
 * Reads a trace: CSV with the columns above, one row for each change of the load, which holds until
 * the next row. Empty lines and lines that begin with # are left out.
 * @throws {ConfigError} with the first problems, by line
 */
export function parseTrace(text: string, name: string): Trace {
  const problems: string[] = []
  const lines = text
    .split('\n')
    .map((line, at) => ({ line: line.trim(), number: at + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
  const [header, ...rows] = lines
  if (header?.line !== COLUMNS.join(',')) {
    problems.push(`${name}:${header?.number ?? 1}: the first line is not ${COLUMNS.join(',')}`)
  } else if (rows.length === 0) problems.push(`${name}: there is no row below the header`)
  const times: number[] = []
  const points: LoadPoint[] = []
  for (const { line, number } of problems.length > 0 ? [] : rows) {
    const problem = addRow(line, times, points)
    if (problem !== undefined) problems.push(`${name}:${number}: ${problem}`)
  }
  if (problems.length > 0) throw new ConfigError(problems.slice(0, MOST_PROBLEMS))
  return { load: (timeMs) => points[lastUpTo(times, timeMs)] ?? NONE, endMs: times.at(-1) ?? 0 }
}

function addRow(line: string, times: number[], points: LoadPoint[]): string | undefined {
  const fields = line.split(',').map((field) => (field.trim() === '' ? Number.NaN : Number(field)))
  if (fields.length !== COLUMNS.length) return `${fields.length} columns, not ${COLUMNS.length}`
  const wrong = fields.findIndex((value) => !(value >= 0 && value <= MOST))
  if (wrong >= 0) return `${COLUMNS[wrong]} is not a number from 0 to ${MOST}`
  const [time = 0, produce = 0, tail = 0, replay = 0, age = 0] = fields
  if (time * 1000 <= (times.at(-1) ?? -1)) return 'time does not rise'
  times.push(time * 1000)
  const rates = { produceRate: produce * 1e6, tailRate: tail * 1e6, replayRate: replay * 1e6 }
  points.push({ ...rates, replayAgeMs: age * 1000 })
  return undefined
}

/** Place of the last time at or before it; -1 before the first. */
function lastUpTo(times: readonly number[], timeMs: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) <= timeMs) low = middle + 1
    else high = middle
  }
  return low - 1
}
