import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { AclOperation } from './acl.ts'

export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

/** Kafka's words. `Unknown` where an older broker does not say it. */
export type GroupState =
  | 'Empty'
  | 'Stable'
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Assigning'
  | 'Reconciling'
  | 'NotReady'
  | 'Dead'
  | 'Unknown'

export const GROUP_TYPES: readonly GroupType[] = ['classic', 'consumer', 'share', 'streams']
export const GROUP_STATES: readonly GroupState[] = [
  ...(['Empty', 'Stable', 'PreparingRebalance', 'CompletingRebalance', 'Assigning'] as const),
  ...(['Reconciling', 'NotReady', 'Dead', 'Unknown'] as const),
]

/** A group as lists have it. */
export interface GroupListing {
  readonly groupId: string
  /** `unknown` where an older broker does not say it. */
  readonly type: GroupType | 'unknown'
  readonly state: GroupState
  /** `consumer`, `connect`, ...; empty for offsets that were committed without a group. */
  readonly protocolType: string
}

/** A group of whatever type. */
export interface GroupDescription {
  readonly groupId: string
  readonly type: GroupType
  readonly state: GroupState
  /** `consumer`, `connect`, ...; empty for offsets that were committed without a group. */
  readonly protocolType: string
  /** Who shares out the partitions: what the members agreed on, or the broker chose. */
  readonly assignor: string
  /** Grows with each change of members or topics; undefined for classic groups. */
  readonly epoch: number | undefined
  /** The one that the targets of the members are made for; undefined for classic groups. */
  readonly assignmentEpoch: number | undefined
  readonly coordinatorId: number
  readonly members: readonly GroupMemberDescription[]
  /** Of streams groups that have told it. */
  readonly topology: StreamsTopology | undefined
  /** What we may do with it; undefined unless asked for. */
  readonly operations: readonly AclOperation[] | undefined
}

export interface GroupMemberDescription {
  readonly memberId: string
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly rack: string | null
  /** Undefined for classic groups. */
  readonly epoch: number | undefined
  /** What it asked for, by names. */
  readonly topics: readonly string[]
  /** What it asked for, by a regular expression. */
  readonly topicPattern: string | null
  /** Nothing for protocols other than that of consumers. */
  readonly assignment: readonly TopicPartition[]
  /** What it is to have; undefined where that is what it has. */
  readonly target: readonly TopicPartition[] | undefined
  /** Of streams groups. */
  readonly tasks: StreamsTasks | undefined
  readonly targetTasks: StreamsTasks | undefined
  /** Which Kafka Streams process it is of; undefined for other groups. */
  readonly processId: string | undefined
}

export interface StreamsTask {
  readonly subtopology: string
  readonly partition: number
}

export interface StreamsTasks {
  readonly active: readonly StreamsTask[]
  readonly standby: readonly StreamsTask[]
  readonly warmup: readonly StreamsTask[]
}

export interface StreamsTopology {
  readonly epoch: number
  readonly subtopologies: readonly StreamsSubtopology[]
}

export interface StreamsSubtopology {
  readonly id: string
  readonly sources: readonly string[]
  readonly repartitionSinks: readonly string[]
  readonly repartitionSources: readonly string[]
  readonly changelogs: readonly string[]
}

/** As a broker says it, in whichever case. */
export function groupStateOf(said: string): GroupState {
  return GROUP_STATES.find((one) => one.toLowerCase() === said.toLowerCase()) ?? 'Unknown'
}

export function groupTypeOf(said: string): GroupType | 'unknown' {
  return GROUP_TYPES.find((one) => one === said.toLowerCase()) ?? 'unknown'
}
