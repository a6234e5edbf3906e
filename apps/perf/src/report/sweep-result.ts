/** A name and what is said of it. */
export type Fact = readonly [name: string, value: string]

/** What was measured, of one or several brokers, and on what: all that a report needs. */
export interface SweepResult {
  readonly title: string
  /** ISO 8601. */
  readonly beganAt: string
  /** As they were typed. */
  readonly commands: readonly string[]
  readonly machines: readonly Described[]
  /** In the order in which they are shown. No two have the same name. */
  readonly contestants: readonly Contestant[]
  /** No two have the same name. */
  readonly workloads: readonly Described[]
  /** In any order. */
  readonly points: readonly SweepPoint[]
  /** What a reader must know besides, a sentence each. */
  readonly notes: readonly string[]
}

export interface Described {
  readonly name: string
  readonly facts: readonly Fact[]
}

export interface Contestant extends Described {
  readonly address: string
  /** What it says it is, as `Apache Kafka 4.3`. */
  readonly software: string
  /** What an ack means there, each in a few words: without it no comparison is fair. */
  readonly durability: readonly string[]
}

/** One rate, of one contestant, in one round. */
export interface SweepPoint {
  /** Its name. */
  readonly contestant: string
  /** Its name. */
  readonly workload: string
  /** Those of the same rate are told together: their median, the least and the most. */
  readonly round: number
  /** Undefined: as fast as it goes. */
  readonly offeredPerSecond: number | undefined
  /** Acknowledged. */
  readonly records: number
  /** Of acknowledged records. */
  readonly bytes: number
  /** Records. */
  readonly failed: number
  readonly elapsedMs: number
  /** Of the time of the load generator's thread, 0 to 1: near 1 it may be what limits. */
  readonly busyShare: number
  /** From when a record was due to its ack; HdrHistogram as `Latencies.encode` writes it. */
  readonly acked: string
  /** From when a record was due to its being read; undefined where nobody read. */
  readonly read: string | undefined
  /** Why it came to nothing, or to less than it should: it counts for nothing then. */
  readonly problem?: string | undefined
}
