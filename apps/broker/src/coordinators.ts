import type { BrokerSetup } from './broker-setup.ts'
import {
  type CoordinatorTopic,
  TopicCoordinatorLog,
} from './coordinator-log/topic-coordinator-log.ts'
import { consumerSettings } from './consumer-groups/consumer-settings.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { offsetsTopic } from './groups/offsets-topic.ts'
import type { GroupConfigs } from './metadata/group-configs.ts'
import type { ProducerIds } from './metadata/producer-ids.ts'
import type { TopicCatalog } from './metadata/topic-catalog.ts'
import { streamsSettings } from './streams-groups/streams-world.ts'
import { MarkerWriter } from './transactions/marker-writer.ts'
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import { transactionTopic } from './transactions/transaction-topic.ts'

const MINUTE_MS = 60_000

export interface Coordinators {
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
}

interface Parts {
  readonly topics: TopicCatalog
  readonly producerIds: ProducerIds
  readonly groupConfigs: GroupConfigs
}

/** This broker coordinates everything: it is the only one. */
export function coordinators(
  { config, clock, logger }: Pick<BrokerSetup, 'config' | 'clock' | 'logger'>,
  { topics, producerIds, groupConfigs }: Parts,
): Coordinators {
  const logOf = (topic: CoordinatorTopic): TopicCoordinatorLog =>
    new TopicCoordinatorLog({ topic, topics, clock, logger })
  const groups = new GroupCoordinator({
    clock,
    logger,
    log: logOf(offsetsTopic(config)),
    initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
    maxGroupSize: config.groupMaxSize,
    minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
    maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
    maxOffsetMetadataLength: config.offsetMetadataMaxBytes,
    offsetsRetentionMs: config.offsetsRetentionMinutes * MINUTE_MS,
    offsetsRetentionCheckIntervalMs: config.offsetsRetentionCheckIntervalMs,
    topics,
    consumer: consumerSettings(config, groupConfigs),
    streams: streamsSettings(config, groupConfigs),
  })
  const markers = new MarkerWriter({
    topics,
    clock,
    logger,
    ended: (place, producerId, how) => groups.transactionEnded(place, producerId, how),
  })
  const transactions = new TransactionCoordinator({
    clock,
    logger,
    log: logOf(transactionTopic(config)),
    markers,
    nextProducerId: () => producerIds.next(),
    maxTimeoutMs: config.transactionMaxTimeoutMs,
    expirationMs: config.transactionalIdExpirationMs,
    abortIntervalMs: config.transactionAbortTimedOutTransactionCleanupIntervalMs,
    expireIntervalMs: config.transactionRemoveExpiredTransactionCleanupIntervalMs,
  })
  return { groups, transactions }
}
