import type { AnyGroup } from './any-group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { NO_BYTES } from './group-answer.ts'
import { type AnyGroupState, kindOf, stateOf } from './group-kinds.ts'
import type { GroupState } from './group-state.ts'

/** Field names are those of `DescribeGroupsResponse`. */
export interface GroupDescription {
  readonly groupId: string
  readonly groupState: GroupState
  readonly protocolType: string
  /** The assignor the members agreed on; empty unless the group is stable. */
  readonly protocolData: string
  readonly members: readonly MemberDescription[]
}

export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Uint8Array
  readonly memberAssignment: Uint8Array
}

/** Field names are those of `ListGroupsResponse`. */
export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: AnyGroupState
  readonly groupType: string
}

/** What members brought is told only while it holds; what they were given last always is. */
export function describeGroup(group: ClassicGroup): GroupDescription {
  const isStable = group.state === 'Stable'
  const protocolName = isStable ? (group.protocolName ?? '') : ''
  return {
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocolName,
    members: [...group.roster.all()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: (isStable ? member.metadataFor(protocolName) : undefined) ?? NO_BYTES,
      memberAssignment: member.assignment,
    })),
  }
}

export interface GroupFilter {
  /** In any case; empty is all. */
  readonly states: readonly string[]
  /** In any case; empty is all. */
  readonly types: readonly string[]
}

export function listGroups(groups: Iterable<AnyGroup>, filter: GroupFilter): ListedGroup[] {
  const states = new Set(filter.states.map((state) => state.toLowerCase()))
  const types = new Set(filter.types.map((type) => type.toLowerCase()))
  const listed: ListedGroup[] = []
  for (const group of groups) {
    const groupState = stateOf(group)
    const { type: groupType, protocol: protocolType } = kindOf(group)
    if (types.size > 0 && !types.has(groupType)) continue
    if (states.size > 0 && !states.has(groupState.toLowerCase())) continue
    listed.push({ groupId: group.groupId, protocolType, groupState, groupType })
  }
  return listed
}
