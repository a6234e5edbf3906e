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
import { DeadLetters } from './share-groups/dead-letters.ts'
import { SharePartitions } from './share-groups/share-partitions.ts'
import { shareStateTopic } from './share-groups/share-state-topic.ts'
import { ShareStates } from './share-groups/share-states.ts'
import { shareSettings } from './share-groups/share-settings.ts'
import { transactionTopic } from './transactions/transaction-topic.ts'

const MINUTE_MS = 60_000

export interface Coordinators {
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly shareStates: ShareStates
  readonly sharePartitions: SharePartitions
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
  const shareStates = new ShareStates({ clock, logger, log: logOf(shareStateTopic(config)) })
  const share = shareSettings(config, groupConfigs)
  const { settingsOf } = share
  const deadLetters = new DeadLetters({
    clock,
    logger,
    topics,
    settingsOf,
    prefix: config.errorsDeadletterqueueTopicNamePrefix,
    createsTopics: config.errorsDeadletterqueueAutoCreateTopicsEnable,
  })
  const sharePartitions = new SharePartitions({
    clock,
    topics,
    states: shareStates,
    settingsOf,
    deadLetters,
  })
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
    share,
    forgetShare: (groupId, lost) => sharePartitions.forget(groupId, lost),
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
  return { groups, transactions, shareStates, sharePartitions }
}
