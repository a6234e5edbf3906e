import type { BrokerConfig } from '../config/broker-config.ts'
import type { CoordinatorTopic } from '../coordinator-log/topic-coordinator-log.ts'

/** Kafka's name for it; its partitions hold what share groups made of records, by key. */
const SHARE_STATE_TOPIC: string = '__share_group_state'

export function shareStateTopic(
  config: Pick<
    BrokerConfig,
    'shareCoordinatorStateTopicNumPartitions' | 'shareCoordinatorStateTopicSegmentBytes'
  >,
): CoordinatorTopic {
  return {
    name: SHARE_STATE_TOPIC,
    partitions: config.shareCoordinatorStateTopicNumPartitions,
    configs: new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'uncompressed'],
      ['segment.bytes', String(config.shareCoordinatorStateTopicSegmentBytes)],
    ]),
  }
}
