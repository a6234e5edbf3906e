import { type Latencies, PERCENTILES } from '../measure/latencies.ts'
import { type ConsumedSoFar, ratesBetween } from './consumer-lines.ts'
import { type Figures, rateOf } from '../measure/tally.ts'

/**
 * One object a line, for programs.
 * @param what of which time, or of whom, the figures are
 * @param about who that is
 */
export function jsonLine(what: string, figures: Figures, about: object = {}): string {
  const { records, bytes, failed, elapsedMs, latencies } = figures
  const line = {
    ...{ what, ...about, records, bytes, failed, elapsedMs },
    recordsPerSecond: rateOf(records, figures),
    bytesPerSecond: rateOf(bytes, figures),
    ...timesOf(records, latencies),
  }
  return `${JSON.stringify(line)}\n`
}

/** Null without records, and nothing where these are not timed: 0 would be a time. */
function timesOf(records: number, latencies: Latencies): object {
  if (latencies.count === 0) return records === 0 ? { latencyMs: null } : {}
  const percentiles = PERCENTILES.map((each) => [`p${each}`, latencies.percentileMs(each)])
  return {
    latencyMs: {
      ...{ mean: latencies.meanMs, min: latencies.minMs, max: latencies.maxMs },
      ...(Object.fromEntries(percentiles) as object),
    },
    histogram: latencies.encode(),
  }
}

/** One object a line, of what was consumed from one time to another. @param about the run */
export function consumedJsonLine(
  what: string,
  before: ConsumedSoFar,
  now: ConsumedSoFar,
  about: object = {},
): string {
  const line = {
    ...{ what, ...about, records: now.records - before.records, bytes: now.bytes - before.bytes },
    ...{ elapsedMs: now.atMs - before.atMs, joiningMs: now.joiningMs - before.joiningMs },
    ...ratesBetween(before, now),
  }
  return `${JSON.stringify(line)}\n`
}
