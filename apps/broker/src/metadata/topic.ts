import type { PartitionLog } from '@pafka/log'

import type { BrokerConfig } from '../config/broker-config.ts'

/** Of a partition without a log. */
export const OFFLINE_TEXT: string = 'The log dir of the partition is offline.'

/** One partition as this broker, its only replica, leads it. */
export interface Partition {
  readonly index: number
  /** Rises after an unclean start, so that clients notice a lost tail (KIP-320). */
  readonly leaderEpoch: number
  /** Undefined while its log dir is offline: what it holds is not known then, nor its offsets. */
  readonly log: PartitionLog | undefined
}

/** Config overrides by Kafka's dotted names; what is not here has the broker's default. */
export type TopicConfigs = ReadonlyMap<string, string>

/** A topic that exists. `TopicCatalog` is its only writer; holders see its changes. */
export interface Topic {
  readonly name: string
  /** Kafka's 22-character form. Never reused: a topic created again has another id. */
  readonly id: string
  /** Index in the array = partition index. Only ever grows. */
  readonly partitions: readonly Partition[]
  readonly configs: TopicConfigs
  /** One of the broker's own: clients may read it, not write or delete it. */
  readonly internal: boolean
}

/** Told after a change is durable and visible. Must not throw. */
export interface TopicObserver {
  created?(topic: Topic): void
  /** The topic is gone from the catalog; its logs are being removed. */
  deleted?(topic: Topic): void
  partitionsAdded?(topic: Topic, firstNewIndex: number): void
  configsChanged?(topic: Topic): void
  /** The configuration in force of the broker changed; logs have theirs already. */
  brokerConfigsChanged?(config: BrokerConfig): void
}
