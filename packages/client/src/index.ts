export { ConfigError } from '@pafka/base'
export type {
  AclBinding,
  AclFilter,
  AclOperation,
  AclPattern,
  AclPermission,
  AclResourceType,
  NewAcl,
} from './admin/acl.ts'
export type { AclAdmin } from './admin/acl-admin.ts'
export type { Admin, ClusterDescription, ClusterDetails } from './admin/admin.ts'
export type { ChangeOptions } from './admin/admin-call.ts'
export type { CallOptions } from './options/call-options.ts'
export type { CloseOptions } from './options/close-options.ts'
export type {
  ConfigAdmin,
  ConfigAlteration,
  ConfigEntries,
  ConfigEntry,
  ConfigSource,
  ConfigSynonym,
  ConfigType,
  DescribeConfigsOptions,
  DescribedConfigs,
} from './admin/config-admin.ts'
export type { ConfigChanges, ConfigValue } from './admin/config-changes.ts'
export type { ConfigKind, ConfigResource } from './admin/config-resource.ts'
export type { PartitionDescription, TopicDescription } from './admin/describe-topics.ts'
export type {
  Feature,
  FeatureAdmin,
  Features,
  UpdateFeaturesOptions,
} from './admin/feature-admin.ts'
export type {
  DescribeGroupsOptions,
  GroupAdmin,
  GroupMember,
  ListGroupsOptions,
  RemoveMembersOptions,
} from './admin/group-admin.ts'
export type {
  GroupDescription,
  GroupListing,
  GroupMemberDescription,
  GroupState,
  GroupType,
  StreamsSubtopology,
  StreamsTask,
  StreamsTasks,
  StreamsTopology,
} from './admin/group-description.ts'
export type {
  BrokerLogDirs,
  DescribeLogDirsOptions,
  LogDir,
  LogDirAdmin,
  LogDirReplica,
  ReplicaMove,
} from './admin/log-dir-admin.ts'
export type { NamedTopic, NewTopic } from './admin/new-topic.ts'
export type {
  CommittedOffset,
  FetchOffsetsOptions,
  GroupOffsets,
  NewOffset,
  OffsetAdmin,
  ResetOptions,
} from './admin/offset-admin.ts'
export type { OffsetReset, ResetTarget } from './admin/offset-reset.ts'
export type { OffsetMark, PartitionOffset } from './admin/offset-marks.ts'
export type { Outcome } from './admin/outcome.ts'
export type {
  DeletedRecords,
  Election,
  ElectionOptions,
  ListOffsetsOptions,
  LogStart,
  OngoingReassignment,
  PartitionAdmin,
  Reassignment,
} from './admin/partition-admin.ts'
export type { Quorum, QuorumAdmin, QuorumNode, QuorumReplica } from './admin/quorum-admin.ts'
export type {
  Quota,
  QuotaAdmin,
  QuotaAlteration,
  QuotaEntity,
  QuotaFilter,
  QuotaLimits,
} from './admin/quota-admin.ts'
export type {
  NewShareOffset,
  ShareGroupOffsets,
  ShareOffset,
  ShareOffsetAdmin,
} from './admin/share-offset-admin.ts'
export type { GrowOptions, ListOptions, TopicAdmin } from './admin/topic-admin.ts'
export type { TransactionAdmin } from './admin/transaction-admin.ts'
export type {
  ActiveProducer,
  FencedProducer,
  ListTransactionsOptions,
  OpenTransaction,
  PartitionProducers,
  TransactionDescription,
  TransactionListing,
  TransactionState,
} from './admin/transaction-description.ts'
export type {
  NewCredential,
  ScramCredential,
  ScramName,
  ScramUser,
  UserAdmin,
} from './admin/user-admin.ts'
export type { BrokerNode, PartitionMetadata, TopicMetadata } from './cluster/cluster-metadata.ts'
export type { TopicPartition } from './cluster/topic-partition.ts'
export type { Consumer } from './consumer/consumer.ts'
export type { ConsumerBatch } from './consumer/consumer-batch.ts'
export type {
  ConsumerCloseOptions,
  ConsumerOptions,
  RunOptions,
} from './consumer/consumer-options.ts'
export type { ConsumerRecord } from './consumer/consumer-record.ts'
export type { DecodePolicy } from './consumer/decode-policy.ts'
export type { PartitionStream } from './consumer/partition-stream.ts'
export type { Reader } from './consumer/reader.ts'
export type { ReaderOptions } from './consumer/reader-options.ts'
export type { StartPoint } from './consumer/record-flow.ts'
export { isRetriableError, KafkaError } from './errors/kafka-error.ts'
export type { KafkaErrorContext, KafkaErrorKind, ProduceOutcome } from './errors/kafka-error.ts'
export { Kafka } from './kafka.ts'
export type { KafkaOptions, SaslOptions } from './options/kafka-options.ts'
export type { Emit, PipeOptions, Transform } from './pipe/pipe-options.ts'
export type { Delivery } from './producer/produce-batch.ts'
export type { RecordMetadata } from './producer/record-promises.ts'
export type { Producer } from './producer/producer.ts'
export type { ProducerOptions } from './producer/producer-options.ts'
export type {
  Headers,
  HeaderValue,
  ProducerRecord,
  SendReport,
} from './producer/producer-record.ts'
export type { Transaction } from './producer/transactions/transaction.ts'
export type { OAuthToken, TokenSource } from './sasl/oauthbearer.ts'
export type {
  Credentials,
  CredentialsSource,
  SaslExchange,
  SaslMechanism,
} from './sasl/sasl-mechanism.ts'
export { bytes } from './serde/bytes.ts'
export { json } from './serde/json.ts'
export type { DecodeContext, Decoder, Encoder, Serde, SerdePlace, Sink } from './serde/serde.ts'
export { utf8 } from './serde/utf8.ts'
export type { ShareBatch } from './share/share-batch.ts'
export type { ShareConsumer } from './share/share-consumer.ts'
export type { ShareJob } from './share/share-job.ts'
export type { FailedJob, ShareConsumerOptions, ShareRunOptions } from './share/share-options.ts'
export { type Raw, topic, topicPattern } from './topic.ts'
export type { Topic, TopicContract, TopicPattern, WritableTopic } from './topic.ts'
export type {
  ConnectionEvent,
  ConsumeTrace,
  GroupEvent,
  ProduceTrace,
  RequestTrace,
} from './watch/channels.ts'
export type {
  BrokerMetrics,
  ClientMetrics,
  ConsumerMetrics,
  PartitionLag,
  ProducerMetrics,
} from './watch/client-metrics.ts'
export type {
  Handled,
  HandledRecord,
  SendTrace,
  SentRecords,
  TraceHeaders,
  Tracing,
} from './watch/tracing.ts'
