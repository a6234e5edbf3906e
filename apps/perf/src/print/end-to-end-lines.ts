import type { Latencies } from '../measure/latencies.ts'

/** As Kafka's EndToEndLatency tells of one record now and then. */
export function oneRecordLine(index: number, latencyMs: number): string {
  return `${index}\t${latencyMs.toFixed(4)}\n`
}

/** As it sums up, in whole milliseconds. */
export function endToEndLines(latencies: Latencies): string {
  const [p50, p99, p999] = [50, 99, 99.9].map((each) => Math.floor(latencies.percentileMs(each)))
  return (
    `Avg latency: ${(latencies.count === 0 ? NaN : latencies.meanMs).toFixed(4)} ms\n` +
    `Percentiles: 50th = ${p50}, 99th = ${p99}, 99.9th = ${p999}\n`
  )
}
