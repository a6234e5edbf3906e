export type * from './admin/acl-types.ts'
export type {
  NamedTopicMetadata as ITopicMetadata,
  TopicConfig as ITopicConfig,
  TopicPartitionConfig as ITopicPartitionConfig,
} from './admin/admin-types.ts'
export type * from './admin/admin-types.ts'
export type { AdminEvents } from './admin/admin-events.ts'
export type {
  ResourceConfig as IResourceConfig,
  ResourceConfigEntry as IResourceConfigEntry,
} from './admin/config-types.ts'
export type * from './admin/config-types.ts'
export type {
  DeleteGroupsResult,
  KafkaJSDeleteGroupsErrorGroups,
  KafkaJSDeleteTopicRecordsErrorPartition,
  KafkaJSDeleteTopicRecordsErrorTopic,
} from './errors/admin-errors.ts'
export {
  KafkaJSAggregateError,
  KafkaJSDeleteGroupsError,
  KafkaJSDeleteTopicRecordsError,
} from './errors/admin-errors.ts'
export * from './errors/connection-errors.ts'
export type { KafkaJSErrorMetadata } from './errors/kafkajs-error.ts'
export { KafkaJSError, KafkaJSNonRetriableError } from './errors/kafkajs-error.ts'
export * from './errors/metadata-errors.ts'
export type { KafkaJSOffsetOutOfRangeMetadata } from './errors/protocol-errors.ts'
export {
  KafkaJSAlterPartitionReassignmentsError,
  KafkaJSCreateTopicError,
  KafkaJSMemberIdRequired,
  KafkaJSOffsetOutOfRange,
  KafkaJSProtocolError,
} from './errors/protocol-errors.ts'
export * from './enums.ts'
export { CompressionCodecs } from './compression-codecs.ts'
export { type Serializer as ISerializer, AssignerProtocol } from './consumer/assigner-protocol.ts'
export type { MemberAssignment, MemberMetadata } from './consumer/assigner-protocol.ts'
export type * from './consumer/assigner-types.ts'
export type * from './consumer/consumer-events.ts'
export type * from './consumer/consumer-types.ts'
export { PartitionAssigners } from './consumer/round-robin-assigner.ts'
export type {
  ConnectEvent,
  DisconnectEvent,
  InstrumentationEvent,
  RemoveInstrumentationEventListener,
  RequestEvent,
  RequestQueueSizeEvent,
  RequestTimeoutEvent,
} from './events/event-types.ts'
export type * from './kafka-config.ts'
export { Kafka } from './kafka.ts'
export type * from './logger-types.ts'
export { Partitioners } from './producer/partitioners.ts'
export type * from './producer/producer-types.ts'
export type * from './topic-types.ts'
export type { AssignmentByTopic as IMemberAssignment } from './consumer/consumer-events.ts'
export type { SocketFactoryArgs as ISocketFactoryArgs } from './kafka-config.ts'
export type { MessageHeaders as IHeaders } from './topic-types.ts'
