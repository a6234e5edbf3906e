/** APIs whose requests can be answered with an error; `error-answers.ts` says how. */
export const ANSWERABLE_APIS = [
  'AddOffsetsToTxn',
  'AddPartitionsToTxn',
  'AlterClientQuotas',
  'AlterConfigs',
  'ApiVersions',
  'ConsumerGroupDescribe',
  'ConsumerGroupHeartbeat',
  'CreatePartitions',
  'CreateTopics',
  'DeleteGroups',
  'DeleteRecords',
  'DeleteTopics',
  'DescribeClientQuotas',
  'DescribeCluster',
  'DescribeConfigs',
  'DescribeGroups',
  'EndTxn',
  'Fetch',
  'FindCoordinator',
  'Heartbeat',
  'IncrementalAlterConfigs',
  'InitProducerId',
  'JoinGroup',
  'LeaveGroup',
  'ListGroups',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetDelete',
  'OffsetFetch',
  'OffsetForLeaderEpoch',
  'Produce',
  'StreamsGroupDescribe',
  'StreamsGroupHeartbeat',
  'SyncGroup',
  'TxnOffsetCommit',
] as const

/** APIs that can be delayed and cut only: what clients make of their errors is not worth a test. */
export const UNANSWERABLE_APIS = [
  'AlterPartitionReassignments',
  'AlterReplicaLogDirs',
  'AlterUserScramCredentials',
  'CreateAcls',
  'DeleteAcls',
  'DescribeAcls',
  'AlterShareGroupOffsets',
  'DeleteShareGroupOffsets',
  'DescribeLogDirs',
  'DescribeProducers',
  'DescribeQuorum',
  'DescribeShareGroupOffsets',
  'DescribeTopicPartitions',
  'DescribeTransactions',
  'DescribeUserScramCredentials',
  'ElectLeaders',
  'GetTelemetrySubscriptions',
  'ListConfigResources',
  'ListPartitionReassignments',
  'ListTransactions',
  'PushTelemetry',
  'SaslAuthenticate',
  'SaslHandshake',
  'UnregisterBroker',
  'ShareAcknowledge',
  'ShareFetch',
  'ShareGroupDescribe',
  'ShareGroupHeartbeat',
  'WriteTxnMarkers',
  'UpdateFeatures',
] as const

/** An API that can be answered with an error. */
export type AnswerableApi = (typeof ANSWERABLE_APIS)[number]
/** Any API that is served. */
export type FaultApi = AnswerableApi | (typeof UNANSWERABLE_APIS)[number]
/** An API whose requests name topics; `request-topics.ts` says where. */
export type TopicApi =
  | 'AddPartitionsToTxn'
  | 'CreatePartitions'
  | 'CreateTopics'
  | 'DeleteRecords'
  | 'DeleteTopics'
  | 'DescribeProducers'
  | 'DescribeTopicPartitions'
  | 'Fetch'
  | 'ListOffsets'
  | 'Metadata'
  | 'OffsetCommit'
  | 'OffsetDelete'
  | 'OffsetFetch'
  | 'OffsetForLeaderEpoch'
  | 'Produce'
  | 'TxnOffsetCommit'

export const FAULT_APIS: readonly FaultApi[] = [...ANSWERABLE_APIS, ...UNANSWERABLE_APIS]
