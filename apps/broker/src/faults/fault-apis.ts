/** APIs whose requests can be answered with an error; `error-answers.ts` says how. */
export const ANSWERABLE_APIS = [
  'AlterConfigs',
  'ApiVersions',
  'CreatePartitions',
  'CreateTopics',
  'DeleteGroups',
  'DeleteRecords',
  'DeleteTopics',
  'DescribeCluster',
  'DescribeConfigs',
  'DescribeGroups',
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
  'SyncGroup',
] as const

/** APIs that can be delayed and cut, but have no one place where every client looks for an error. */
export const UNANSWERABLE_APIS = [
  'DescribeLogDirs',
  'DescribeProducers',
  'DescribeTopicPartitions',
  'ListConfigResources',
] as const

/** APIs whose requests name topics; `request-topics.ts` says where. */
export const TOPIC_APIS = [
  'CreatePartitions',
  'CreateTopics',
  'DeleteRecords',
  'DeleteTopics',
  'DescribeProducers',
  'DescribeTopicPartitions',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetDelete',
  'OffsetFetch',
  'OffsetForLeaderEpoch',
  'Produce',
] as const

/** An API that can be answered with an error. */
export type AnswerableApi = (typeof ANSWERABLE_APIS)[number]
/** Any API that is served. */
export type FaultApi = AnswerableApi | (typeof UNANSWERABLE_APIS)[number]
/** An API whose requests name topics. */
export type TopicApi = (typeof TOPIC_APIS)[number]

export const FAULT_APIS: readonly FaultApi[] = [...ANSWERABLE_APIS, ...UNANSWERABLE_APIS]
