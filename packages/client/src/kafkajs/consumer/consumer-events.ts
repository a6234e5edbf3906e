import type {
  AnyEvent,
  ConnectEvent,
  DisconnectEvent,
  InstrumentationEvent,
  RemoveInstrumentationEventListener,
  RequestEvent,
  RequestQueueSizeEvent,
  RequestTimeoutEvent,
} from '../events/event-types.ts'
import type { TopicOffsets } from '../topic-types.ts'

export type ConsumerEvents = {
  HEARTBEAT: 'consumer.heartbeat'
  COMMIT_OFFSETS: 'consumer.commit_offsets'
  GROUP_JOIN: 'consumer.group_join'
  FETCH_START: 'consumer.fetch_start'
  FETCH: 'consumer.fetch'
  START_BATCH_PROCESS: 'consumer.start_batch_process'
  END_BATCH_PROCESS: 'consumer.end_batch_process'
  CONNECT: 'consumer.connect'
  DISCONNECT: 'consumer.disconnect'
  STOP: 'consumer.stop'
  CRASH: 'consumer.crash'
  REBALANCING: 'consumer.rebalancing'
  RECEIVED_UNSUBSCRIBED_TOPICS: 'consumer.received_unsubscribed_topics'
  REQUEST: 'consumer.network.request'
  REQUEST_TIMEOUT: 'consumer.network.request_timeout'
  REQUEST_QUEUE_SIZE: 'consumer.network.request_queue_size'
}

export const CONSUMER_EVENTS: ConsumerEvents = {
  HEARTBEAT: 'consumer.heartbeat',
  COMMIT_OFFSETS: 'consumer.commit_offsets',
  GROUP_JOIN: 'consumer.group_join',
  FETCH_START: 'consumer.fetch_start',
  FETCH: 'consumer.fetch',
  START_BATCH_PROCESS: 'consumer.start_batch_process',
  END_BATCH_PROCESS: 'consumer.end_batch_process',
  CONNECT: 'consumer.connect',
  DISCONNECT: 'consumer.disconnect',
  STOP: 'consumer.stop',
  CRASH: 'consumer.crash',
  REBALANCING: 'consumer.rebalancing',
  RECEIVED_UNSUBSCRIBED_TOPICS: 'consumer.received_unsubscribed_topics',
  REQUEST: 'consumer.network.request',
  REQUEST_TIMEOUT: 'consumer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'consumer.network.request_queue_size',
}

export type ConsumerHeartbeatEvent = InstrumentationEvent<{
  groupId: string
  memberId: string
  groupGenerationId: number
}>

export type ConsumerCommitOffsetsEvent = InstrumentationEvent<{
  groupId: string
  memberId: string
  groupGenerationId: number
  topics: TopicOffsets[]
}>

export interface AssignmentByTopic {
  [key: string]: number[]
}

export type ConsumerGroupJoinEvent = InstrumentationEvent<{
  duration: number
  groupId: string
  isLeader: boolean
  leaderId: string
  groupProtocol: string
  memberId: string
  memberAssignment: AssignmentByTopic
}>

export type ConsumerFetchStartEvent = InstrumentationEvent<{ nodeId: number }>

export type ConsumerFetchEvent = InstrumentationEvent<{
  numberOfBatches: number
  duration: number
  nodeId: number
}>

/** Of a batch before it is handled, and after. */
export interface BatchProcessEvent {
  topic: string
  partition: number
  highWatermark: string
  offsetLag: string
  offsetLagLow: string
  batchSize: number
  firstOffset: string
  lastOffset: string
}

export type ConsumerStartBatchProcessEvent = InstrumentationEvent<BatchProcessEvent>

export type ConsumerEndBatchProcessEvent = InstrumentationEvent<
  BatchProcessEvent & { duration: number }
>

export type ConsumerCrashEvent = InstrumentationEvent<{
  error: Error
  groupId: string
  restart: boolean
}>

export type ConsumerRebalancingEvent = InstrumentationEvent<{
  groupId: string
  memberId: string
}>

export type ConsumerReceivedUnsubcribedTopicsEvent = InstrumentationEvent<{
  groupId: string
  generationId: number
  memberId: string
  assignedTopics: string[]
  topicsSubscribed: string[]
  topicsNotSubscribed: string[]
}>

type Listens<Key extends keyof ConsumerEvents, Event> = (
  eventName: ConsumerEvents[Key],
  listener: (event: Event) => void,
) => RemoveInstrumentationEventListener<ConsumerEvents[Key]>

export type ConsumerOn = Listens<'HEARTBEAT', ConsumerHeartbeatEvent> &
  Listens<'COMMIT_OFFSETS', ConsumerCommitOffsetsEvent> &
  Listens<'GROUP_JOIN', ConsumerGroupJoinEvent> &
  Listens<'FETCH_START', ConsumerFetchStartEvent> &
  Listens<'FETCH', ConsumerFetchEvent> &
  Listens<'START_BATCH_PROCESS', ConsumerStartBatchProcessEvent> &
  Listens<'END_BATCH_PROCESS', ConsumerEndBatchProcessEvent> &
  Listens<'CONNECT', ConnectEvent> &
  Listens<'DISCONNECT', DisconnectEvent> &
  Listens<'STOP', InstrumentationEvent<null>> &
  Listens<'CRASH', ConsumerCrashEvent> &
  Listens<'REBALANCING', ConsumerRebalancingEvent> &
  Listens<'RECEIVED_UNSUBSCRIBED_TOPICS', ConsumerReceivedUnsubcribedTopicsEvent> &
  Listens<'REQUEST', RequestEvent> &
  Listens<'REQUEST_TIMEOUT', RequestTimeoutEvent> &
  Listens<'REQUEST_QUEUE_SIZE', RequestQueueSizeEvent> &
  Listens<keyof ConsumerEvents, AnyEvent>
