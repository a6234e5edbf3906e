import { MIB } from '@pafka/base'

import { type Figures, rateOf } from '../measure/tally.ts'

const BAR_CELLS = 24
const LEAST_BAR_CELLS = 8
const GAP = '  '
const PLACES = ['percent', 'rate', 'bytes', 'p50', 'p99', 'left'] as const
/** Where there is little room the last ones are left out. */
const FIRST_TO_LAST = ['rate', 'percent', 'p99', 'p50', 'left', 'bytes'] as const
/** Back to the beginning of the line, which is wiped. */
const AGAIN = '\r\u001B[2K'

/** How far something is, for who looks at it. */
export interface Progress {
  readonly records: number
  readonly ofRecords: number
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
  /** Undefined where nothing is timed. */
  readonly p50Ms?: number | undefined
  readonly p99Ms?: number | undefined
}

/** As they stand in the line; undefined where nothing is known. */
type Parts = Readonly<Record<(typeof PLACES)[number], string | undefined>>

/** @param window what came since it was asked last. @param records all so far */
export function progressOf(window: Figures, records: number, ofRecords: number): Progress {
  const { latencies } = window
  const isTimed = latencies.count > 0
  return {
    ...{ records, ofRecords },
    recordsPerSecond: rateOf(window.records, window),
    bytesPerSecond: rateOf(window.bytes, window),
    p50Ms: isTimed ? latencies.percentileMs(50) : undefined,
    p99Ms: isTimed ? latencies.percentileMs(99) : undefined,
  }
}

/** In place of the one before, on a terminal. @param columns what does not fit whole is left out */
export function liveLine(progress: Progress, columns: number): string {
  const { records, ofRecords, recordsPerSecond, bytesPerSecond, p50Ms, p99Ms } = progress
  const part = ofRecords > 0 ? Math.min(1, records / ofRecords) : 1
  const isGoingOn = recordsPerSecond > 0 && part < 1
  const leftS = Math.ceil((ofRecords - records) / recordsPerSecond)
  const parts: Parts = {
    percent: `${String(Math.floor(part * 100)).padStart(3)} %`,
    rate: `${Math.round(recordsPerSecond).toLocaleString('en')} records/s`,
    bytes: `${(bytesPerSecond / MIB).toFixed(1)} MB/s`,
    p50: p50Ms === undefined ? undefined : `p50 ${p50Ms.toFixed(2)} ms`,
    p99: p99Ms === undefined ? undefined : `p99 ${p99Ms.toFixed(2)} ms`,
    left: isGoingOn ? `${leftS} s left` : undefined,
  }
  return `${AGAIN}${fitting(parts, part, columns - 1)}`
}

/** Numbers go before the bar, which takes what room they leave, and stands by the percentage. */
function fitting(parts: Parts, part: number, columns: number): string {
  let room = columns + GAP.length
  const chosen = new Set<keyof Parts>()
  for (const name of FIRST_TO_LAST) {
    const width = (parts[name]?.length ?? Infinity) + GAP.length
    const kept = name === 'bytes' ? BAR_CELLS + 1 : 0 // or the bar would jump
    if (width + kept > room) continue
    chosen.add(name)
    room -= width
  }
  const line = PLACES.flatMap((name) => (chosen.has(name) ? (parts[name] ?? []) : [])).join(GAP)
  if (!chosen.has('percent') || room <= LEAST_BAR_CELLS) return line
  const cells = Math.min(BAR_CELLS, room - 1)
  const done = Math.floor(part * cells)
  return `${'█'.repeat(done)}${'░'.repeat(cells - done)} ${line}`
}

/** Wipes it, for what comes instead. */
export function wipeLine(): string {
  return AGAIN
}
