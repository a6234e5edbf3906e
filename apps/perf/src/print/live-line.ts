import { MIB } from '@pafka/base'

import { type Figures, rateOf } from '../measure/tally.ts'

const BAR_CELLS = 24
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

/** In place of the one before, on a terminal. @param columns what does not fit is left out */
export function liveLine(progress: Progress, columns: number): string {
  const { records, ofRecords, recordsPerSecond, bytesPerSecond, p50Ms, p99Ms } = progress
  const part = Math.min(1, records / ofRecords)
  const cells = Math.floor(part * BAR_CELLS)
  const bar = `${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}`
  const parts = [
    `${bar} ${String(Math.floor(part * 100)).padStart(3)} %`,
    `${Math.round(recordsPerSecond).toLocaleString('en')} records/s`,
    `${(bytesPerSecond / MIB).toFixed(1)} MB/s`,
  ]
  if (p50Ms !== undefined) parts.push(`p50 ${p50Ms.toFixed(2)} ms`)
  if (p99Ms !== undefined) parts.push(`p99 ${p99Ms.toFixed(2)} ms`)
  if (recordsPerSecond > 0 && part < 1) {
    parts.push(`${Math.ceil((ofRecords - records) / recordsPerSecond)} s left`)
  }
  return `${AGAIN}${parts.join('  ').slice(0, columns - 1)}`
}

/** Wipes it, for what comes instead. */
export function wipeLine(): string {
  return AGAIN
}
