import { MemberState } from '../consumer-groups/consumer-member.ts'
import { compareText, NO_OWNED_TASKS, type OwnedTasks, sameOwnedTasks } from './tasks.ts'

/** Where a member answers questions about the state that it has (interactive queries). */
export interface UserEndpoint {
  readonly host: string
  readonly port: number
}

export interface ClientTag {
  readonly key: string
  readonly value: string
}

/** What a member says of itself. Field for field `StreamsGroupMemberMetadataValue`. */
export interface StreamsMetadata {
  /** Always null: Kafka 4.3 knows no static members of streams groups. */
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  /** -1 while not said. */
  readonly rebalanceTimeoutMs: number
  /** -1 while not said. */
  readonly topologyEpoch: number
  /** The same for members that share memory and a folder for their state. */
  readonly processId: string
  readonly userEndpoint: UserEndpoint | null
  /** By key, each once. */
  readonly clientTags: readonly ClientTag[]
}

/** What a member has. Field for field `StreamsGroupCurrentMemberAssignmentValue`. */
export interface StreamsAssignment {
  readonly memberEpoch: number
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: OwnedTasks
  /** Taken away from it, and not given up yet. */
  readonly revoking: OwnedTasks
}

export interface StreamsMember extends StreamsMetadata, StreamsAssignment {
  readonly memberId: string
}

export const NEW_STREAMS_METADATA: StreamsMetadata = {
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  rebalanceTimeoutMs: -1,
  topologyEpoch: -1,
  processId: '',
  userEndpoint: null,
  clientTags: [],
}

export const NEW_STREAMS_ASSIGNMENT: StreamsAssignment = {
  memberEpoch: 0,
  previousEpoch: 0,
  state: MemberState.STABLE,
  assigned: NO_OWNED_TASKS,
  revoking: NO_OWNED_TASKS,
}

export function streamsMetadataOf(member: StreamsMetadata): StreamsMetadata {
  return {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: member.clientTags,
  }
}

export function streamsAssignmentOf(member: StreamsAssignment): StreamsAssignment {
  return {
    memberEpoch: member.memberEpoch,
    previousEpoch: member.previousEpoch,
    state: member.state,
    assigned: member.assigned,
    revoking: member.revoking,
  }
}

export function sameStreamsMetadata(one: StreamsMetadata, other: StreamsMetadata): boolean {
  return (
    one.instanceId === other.instanceId &&
    one.rackId === other.rackId &&
    one.clientId === other.clientId &&
    one.clientHost === other.clientHost &&
    one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
    one.topologyEpoch === other.topologyEpoch &&
    one.processId === other.processId &&
    one.userEndpoint?.host === other.userEndpoint?.host &&
    one.userEndpoint?.port === other.userEndpoint?.port &&
    samePairs(one.clientTags, other.clientTags)
  )
}

export function sameStreamsAssignment(one: StreamsAssignment, other: StreamsAssignment): boolean {
  return (
    one.memberEpoch === other.memberEpoch &&
    one.previousEpoch === other.previousEpoch &&
    one.state === other.state &&
    sameOwnedTasks(one.assigned, other.assigned) &&
    sameOwnedTasks(one.revoking, other.revoking)
  )
}

/** Of a key that comes twice the last counts. */
export function sortedTags(tags: readonly ClientTag[]): readonly ClientTag[] {
  const values = new Map(tags.map(({ key, value }) => [key, value]))
  return [...values]
    .map(([key, value]) => ({ key, value }))
    .toSorted((one, other) => compareText(one.key, other.key))
}

/** @param one of a list in the order that both are kept in */
export function samePairs(one: readonly ClientTag[], other: readonly ClientTag[]): boolean {
  if (one.length !== other.length) return false
  return one.every(({ key, value }, at) => key === other[at]?.key && value === other[at]?.value)
}
