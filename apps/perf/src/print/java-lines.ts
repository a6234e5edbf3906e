import { MIB, SECOND_MS } from '@pafka/base'

import { type Latencies, PERCENTILES } from '../measure/latencies.ts'
import { type Figures, rateOf } from '../measure/tally.ts'

/** The percentiles of Kafka's line, which are whole milliseconds there. */
const THEIRS = [
  [50, '50th'],
  [95, '95th'],
  [99, '99th'],
  [99.9, '99.9th'],
] as const

/** As `kafka-producer-perf-test` tells of some time of a run. @param what was done */
export function windowLine(figures: Figures, what = 'records sent'): string {
  const { records, bytes, latencies } = figures
  const rate = `${rateOf(records, figures).toFixed(1)} records/sec (${mbOf(bytes, figures)} MB/sec)`
  const [mean, most] = [meanOf(latencies), latencies.maxMs].map((ms) => ms.toFixed(1))
  return `${records} ${what}, ${rate}, ${mean} ms avg latency, ${most} ms max latency.\n`
}

/** As it sums up. @param what was done */
export function totalLine(figures: Figures, what = 'records sent'): string {
  const { records, bytes, latencies } = figures
  const rate = `${rateOf(records, figures).toFixed(6)} records/sec (${mbOf(bytes, figures)} MB/sec)`
  const [mean, most] = [meanOf(latencies), latencies.maxMs].map((ms) => ms.toFixed(2))
  const percentiles = THEIRS.map(
    ([percent, name]) => `${Math.round(latencies.percentileMs(percent))} ms ${name}`,
  )
  const latency = `${mean} ms avg latency, ${most} ms max latency, ${percentiles.join(', ')}.`
  return `${records} ${what}, ${rate}, ${latency}\n`
}

/** As it begins where there is a warm-up. */
export function warmUpLine(records: number): string {
  const then = 'Steady state results will print after the complete test summary.'
  return `Warmup first ${records} records. ${then}\n`
}

/** As it says once that from here on windows have no record of the warm-up. */
export const STEADY_LINE = 'In steady state.\n'

/** Of what was read, without times. */
export function readLine(figures: Figures): string {
  const { records, bytes, elapsedMs } = figures
  const rate = `${rateOf(records, figures).toFixed(1)} records/sec (${mbOf(bytes, figures)} MB/sec)`
  return `${records} records read in ${(elapsedMs / SECOND_MS).toFixed(3)} s, ${rate}\n`
}

/** What that line leaves out: to the microsecond, and into the tail. */
export function percentilesLine({ latencies }: Figures): string {
  const textOf = (ms: number): string => (latencies.count === 0 ? NaN : ms).toFixed(3)
  const all = PERCENTILES.map((percent) => `p${percent} ${textOf(latencies.percentileMs(percent))}`)
  return `latency ms: ${all.join(', ')}, max ${textOf(latencies.maxMs)}\n`
}

/** Without any the Java tool divides 0 by 0, and says so: no record took no time. */
function meanOf(latencies: Latencies): number {
  return latencies.count === 0 ? NaN : latencies.meanMs
}

function mbOf(bytes: number, figures: Figures): string {
  return (rateOf(bytes, figures) / MIB).toFixed(2)
}
