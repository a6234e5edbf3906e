import type { BrokerConfig } from '../config/broker-config.ts'
import type { CoordinatorTopic } from '../coordinator-log/topic-coordinator-log.ts'

/** Kafka's name for it; its partitions hold transactional ids, compacted by key. */
const TRANSACTION_TOPIC: string = '__transaction_state'

export function transactionTopic(
  config: Pick<
    BrokerConfig,
    'transactionStateLogNumPartitions' | 'transactionStateLogSegmentBytes'
  >,
): CoordinatorTopic {
  return {
    name: TRANSACTION_TOPIC,
    partitions: config.transactionStateLogNumPartitions,
    configs: new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'uncompressed'],
      ['segment.bytes', String(config.transactionStateLogSegmentBytes)],
    ]),
  }
}
