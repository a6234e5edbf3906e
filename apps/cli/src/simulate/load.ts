/** What all nodes together are asked for at a moment. Rates in bytes per second. */
export interface LoadPoint {
  readonly produceRate: number
  /** By those who read what was just written. */
  readonly tailRate: number
  /** By those who read old records, and how old those are. */
  readonly replayRate: number
  readonly replayAgeMs: number
}

/** The load at a time since the start. */
export type Load = (timeMs: number) => LoadPoint

export type LoadKind = 'steady' | 'bursts' | 'replay'
export const LOAD_KINDS: readonly LoadKind[] = ['steady', 'bursts', 'replay']

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** The flash sale: five minutes of each hour at eight times the mean, the rest of it below. */
const BURST_MS = 5 * MINUTE_MS
const BURST_FACTOR = 8
/** Once a day somebody reads last day's records again, for two hours at three times the mean. */
const REPLAY_FROM_MS = 10 * HOUR_MS
const REPLAY_MS = 2 * HOUR_MS
const REPLAY_FACTOR = 3

/** @param produceRate mean, in bytes per second. Each record is read once at the tail. */
export function generatedLoad(kind: LoadKind, produceRate: number): Load {
  const steady = { produceRate, tailRate: produceRate, replayRate: 0, replayAgeMs: 0 }
  if (kind === 'steady') return () => steady
  if (kind === 'bursts') return (timeMs) => burstAt(timeMs, produceRate)
  return (timeMs) => {
    const intoMs = (timeMs % DAY_MS) - REPLAY_FROM_MS
    if (intoMs < 0 || intoMs >= REPLAY_MS) return steady
    const replayRate = REPLAY_FACTOR * produceRate
    // it reads forward faster than time goes, from a day back
    return { ...steady, replayRate, replayAgeMs: DAY_MS - (REPLAY_FACTOR - 1) * intoMs }
  }
}

function burstAt(timeMs: number, mean: number): LoadPoint {
  const share = BURST_MS / HOUR_MS
  const quiet = (1 - share * BURST_FACTOR) / (1 - share)
  const produceRate = mean * (timeMs % HOUR_MS < BURST_MS ? BURST_FACTOR : quiet)
  return { produceRate, tailRate: produceRate, replayRate: 0, replayAgeMs: 0 }
}
