import type { LoadSpec } from '../settings/load-spec.ts'

/** What clients on many hosts do together; the same for each of them. */
export interface BenchTask {
  readonly type: 'producer' | 'consumer'
  readonly bootstrapServer: string
  /** Kafka's, of this client and its connections. */
  readonly properties: readonly (readonly [name: string, value: string])[]
  /** The client with the index 3 has the topic `PREFIX-3`. */
  readonly topicPrefix: string
  /** Of all clients together. */
  readonly load: LoadSpec
  readonly ofClients: number
  /** First records of each client, which are not counted. */
  readonly warmupRecords: number
  /** Without a record for so long a consumer gives up. */
  readonly timeoutMs: number
  /** Between what a client tells of itself. */
  readonly intervalMs: number
}

/** From who leads a bench to the agent of a host. Times are milliseconds since the epoch. */
export type AgentOrder =
  | { readonly kind: 'clock' }
  /** @param firstClient the index of its first client; the others follow */
  | {
      readonly kind: 'prepare'
      readonly task: BenchTask
      readonly firstClient: number
      readonly clients: number
    }
  /** @param atMs by the clock of the agent */
  | { readonly kind: 'start'; readonly atMs: number }
  /** @param soon true where who leads was interrupted: nobody waits long for answers then */
  | { readonly kind: 'stop'; readonly soon?: boolean }

/** What a client did since it told of itself last. */
export interface ClientWindow {
  readonly client: number
  readonly records: number
  readonly bytes: number
  readonly failed: number
  /** As `Latencies.encode`; undefined where nothing was timed. */
  readonly latencies: string | undefined
  /** Since when its records count, by the clock of its agent; undefined where none does yet. */
  readonly beganMs?: number | undefined
  /** Until when this is what it did, by that clock too. */
  readonly atMs?: number | undefined
}

/** Times are by the clock of its agent. */
export interface ClientEnd {
  readonly client: number
  /** Since when its records count: a warm-up is over. */
  readonly beganMs: number
  readonly endedMs: number
  /** Of a consumer, until it had partitions. */
  readonly joiningMs: number
  /** Why it came to nothing, or less than it should. */
  readonly problem: string | undefined
}

/** From the agent of a host. */
export type AgentReport =
  | {
      readonly kind: 'hello'
      readonly version: string
      readonly node: string
      readonly host: string
      readonly processors: number
    }
  | { readonly kind: 'clock'; readonly atMs: number }
  /** All its clients are ready to start. */
  | { readonly kind: 'prepared' }
  | ({ readonly kind: 'window' } & ClientWindow)
  | ({ readonly kind: 'ended' } & ClientEnd)

/** Milliseconds since the epoch, evenly: the clock of all messages. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
