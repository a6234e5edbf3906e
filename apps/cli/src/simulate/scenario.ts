import type { TierName } from '@pafka/log'
import type { PolicyOptions } from '@pafka/migrator'

import type { Load } from './load.ts'

/** What one node has of a tier. */
export interface TierDevice {
  readonly name: TierName
  readonly capacityBytes: number
  /** Bytes per second. */
  readonly writeRate: number
  readonly readRate: number
  /** Of 10^9 bytes, in whatever currency. */
  readonly pricePerGb: number
}

/** All that a simulation depends on. */
export interface Scenario {
  readonly nodes: number
  /** Fastest first. */
  readonly tiers: readonly TierDevice[]
  /** Of all nodes together. */
  readonly load: Load
  readonly durationMs: number
  /** Between two plans of the policy; pressure is looked at each second. */
  readonly stepMs: number
  readonly policy: PolicyOptions
  readonly threads: number
  /** Bytes to move per second and node; -1 = no limit. */
  readonly moveRate: number
  readonly segmentBytes: number
  readonly retentionMs: number
  /** Of the newest records of a node. */
  readonly memoryBytes: number
  /** Whether producers are slowed when the fast tier fills, or go on to the next one. */
  readonly whenFull: 'push-back' | 'spill'
  /** Sigma of the logarithm of a node's share of the load; 0 = all alike. */
  readonly skew: number
  /** Nodes that are simulated; each stands for as many others. */
  readonly sample: number
}
