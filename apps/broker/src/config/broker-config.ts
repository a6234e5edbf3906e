import type { FolderLimits, TierOptions } from '@pafka/log'

import type { BrokerKey, BrokerKeys } from './broker-keys.ts'
import type { ValuesOf } from './key-table.ts'
import type { AdvertisedListener, ListenerEndpoint } from './listener-endpoint.ts'
import type { HostPort } from './metrics-endpoint.ts'

/** Which layer a value is from, weakest first. */
export type ConfigLayer =
  | 'default'
  | 'file'
  | 'environment'
  | 'override'
  | 'programmatic'
  | 'dynamic'

/** One value that somebody set. */
export interface SetConfig {
  readonly layer: Exclude<ConfigLayer, 'default'>
  /** For people: `server.properties:12`, `PAFKA_LOG_DIRS`. */
  readonly where: string
  /** As it was written, trimmed. */
  readonly text: string
}

/** What was set and where, by key; a key that is not here has its default. */
export type ConfigProvenance = ReadonlyMap<BrokerKey, SetConfig>

/** Values that other keys take part in, after all of them were looked at. */
interface ResolvedValues {
  /** Of `node.id` and `broker.id`. */
  readonly nodeId: number
  /** Without those of `controller.listener.names`. */
  readonly listeners: readonly ListenerEndpoint[]
  /** null: each client is told the address that it connected to. */
  readonly advertisedListeners: readonly AdvertisedListener[] | null
  readonly interBrokerListenerName: string
  /** null: metrics are off. */
  readonly metricsListener: HostPort | null
  /** Absolute paths, each once; those of tiers first. */
  readonly logDirs: readonly string[]
  /** Fastest first; none unless `log.channel.type` is `tiered`. */
  readonly tiers: readonly TierOptions[]
  /** Of `log.limit.*`; null: no folder is limited. */
  readonly logLimits: FolderLimits | null
  /** Of `log.retention.ms`, `.minutes`, `.hours`; -1 is never. */
  readonly logRetentionMs: number
  /** Of `log.roll.ms`, `.hours`. */
  readonly logRollMs: number
  /** Of `log.roll.jitter.ms`, `.hours`. */
  readonly logRollJitterMs: number
  /** Of `log.flush.interval.ms`, `log.flush.scheduler.interval.ms`. */
  readonly logFlushIntervalMs: number
  /** Never -1. */
  readonly queuedMaxRequestBytes: number
}

/**
 * Everything configured, by Kafka's names in camelCase. Numbers of type long that are 2^63 - 1 in
 * Kafka ("no bound") are 2^63 here, larger than anything they are compared with.
 */
export type BrokerConfig = Omit<ValuesOf<BrokerKeys>, keyof ResolvedValues> &
  ResolvedValues & { readonly provenance: ConfigProvenance }
