import type { BrokerConfig } from '../config/broker-config.ts'
import type { CoordinatorTopic } from '../coordinator-log/topic-coordinator-log.ts'

/** Kafka's name for it; its partitions hold groups and offsets, compacted by key. */
export const OFFSETS_TOPIC: string = '__consumer_offsets'

export function offsetsTopic(
  config: Pick<BrokerConfig, 'offsetsTopicNumPartitions' | 'offsetsTopicSegmentBytes'>,
): CoordinatorTopic {
  return {
    name: OFFSETS_TOPIC,
    partitions: config.offsetsTopicNumPartitions,
    configs: new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'producer'],
      ['segment.bytes', String(config.offsetsTopicSegmentBytes)],
    ]),
  }
}
