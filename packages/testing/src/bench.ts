/** One row of a `x.bench.ts`, which exports `benches: readonly Bench[]`; run by tools/bench. */
export interface Bench {
  /** What one operation is: `decode a produce frame of 1 MiB`. */
  readonly name: string
  /** Payload of one operation; when given, the rate is printed in MB/s too. */
  readonly bytes?: number
  /** Does the operation `times` times. Tests call it with 1. */
  run(times: number): void | Promise<void>
}
