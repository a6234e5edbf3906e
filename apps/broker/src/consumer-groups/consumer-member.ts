import { NOTHING_OWNED, type OwnedPartitions, sameOwned } from './partitions.ts'

/** How far a member is from the target. The numbers are those of Kafka's records. */
export const MemberState = {
  /** It has what it should have in its epoch. */
  STABLE: 0,
  /** It was told to give partitions up, and did not say yet that it has. */
  UNREVOKED: 1,
  /** Others still hold partitions that it should have. */
  UNRELEASED: 2,
} as const
export type MemberState = (typeof MemberState)[keyof typeof MemberState]

/** The epochs by which a member says that it goes. */
export const LEAVE_EPOCH: number = -1
/** A static member goes and may come back: its partitions are kept until its session ends. */
export const LEAVE_STATIC_EPOCH: number = -2

/** An assignor of a classic member, with its subscription; owned, never written to. */
export interface ClassicProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** What a member of the classic protocol brought when it joined. */
export interface ClassicMembership {
  readonly sessionTimeoutMs: number
  readonly protocols: readonly ClassicProtocol[]
}

/** What a member says of itself. Field for field `ConsumerGroupMemberMetadataValue`. */
export interface MemberMetadata {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  /** Sorted, each once. */
  readonly topicNames: readonly string[]
  /** A pattern of topic names; empty, or null in what others wrote, for none. */
  readonly topicPattern: string | null
  /** -1 while not said. */
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  /** Null for a member of the consumer protocol. */
  readonly classic: ClassicMembership | null
}

/** What a member has. Field for field `ConsumerGroupCurrentMemberAssignmentValue`. */
export interface CurrentAssignment {
  readonly memberEpoch: number
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: OwnedPartitions
  /** Taken away from it, and not given up yet. */
  readonly revoking: OwnedPartitions
}

export interface ConsumerMember extends MemberMetadata, CurrentAssignment {
  readonly memberId: string
}

export const NEW_METADATA: MemberMetadata = {
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  topicNames: [],
  topicPattern: '', // as Kafka keeps none
  rebalanceTimeoutMs: -1,
  serverAssignor: null,
  classic: null,
}

export const NEW_ASSIGNMENT: CurrentAssignment = {
  memberEpoch: 0,
  previousEpoch: -1,
  state: MemberState.STABLE,
  assigned: NOTHING_OWNED,
  revoking: NOTHING_OWNED,
}

export function metadataOf(member: MemberMetadata): MemberMetadata {
  return {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topicNames: member.topicNames,
    topicPattern: member.topicPattern,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    serverAssignor: member.serverAssignor,
    classic: member.classic,
  }
}

export function assignmentOf(member: CurrentAssignment): CurrentAssignment {
  return {
    memberEpoch: member.memberEpoch,
    previousEpoch: member.previousEpoch,
    state: member.state,
    assigned: member.assigned,
    revoking: member.revoking,
  }
}

export function sameMetadata(one: MemberMetadata, other: MemberMetadata): boolean {
  return (
    one.instanceId === other.instanceId &&
    one.rackId === other.rackId &&
    one.clientId === other.clientId &&
    one.clientHost === other.clientHost &&
    sameNames(one.topicNames, other.topicNames) &&
    one.topicPattern === other.topicPattern &&
    one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
    one.serverAssignor === other.serverAssignor &&
    sameClassic(one.classic, other.classic)
  )
}

export function sameAssignment(one: CurrentAssignment, other: CurrentAssignment): boolean {
  return (
    one.memberEpoch === other.memberEpoch &&
    one.previousEpoch === other.previousEpoch &&
    one.state === other.state &&
    sameOwned(one.assigned, other.assigned) &&
    sameOwned(one.revoking, other.revoking)
  )
}

export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at])
}

/** Each once, in one order, so that equal subscriptions are equal lists. */
export function sortedNames(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].toSorted()
}

function sameClassic(one: ClassicMembership | null, other: ClassicMembership | null): boolean {
  if (one === null || other === null) return one === other
  if (one.sessionTimeoutMs !== other.sessionTimeoutMs) return false
  if (one.protocols.length !== other.protocols.length) return false
  return one.protocols.every(({ name, metadata }, at) => {
    const protocol = other.protocols[at]
    return protocol?.name === name && Buffer.compare(protocol.metadata, metadata) === 0
  })
}
