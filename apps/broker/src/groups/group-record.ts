import { DecodeError } from '@pafka/base'
import type { GroupMetadataValue } from '@pafka/protocol'

import { ClassicGroup } from './classic-group.ts'
import { NO_BYTES } from './group-answer.ts'
import type { GroupWorld, StorableGroup } from './group-world.ts'

/**
 * The group as its record keeps it.
 * @param leader null says that all must join again; whoever loads the group sees to it
 */
export function groupToRecord(
  group: StorableGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
  leader: string | null = group.roster.leaderId,
): GroupMetadataValue {
  const { protocolName } = group
  return {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: protocolName,
    leader,
    currentStateTimestamp: group.stateTimestampMs,
    members: [...group.roster.all()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.metadataFor(protocolName ?? '') ?? NO_BYTES,
      assignment: assignments.get(member.memberId) ?? NO_BYTES,
    })),
  }
}

/**
 * @param stored its byte fields are copied.
 * @throws {DecodeError} when no group can be as it says
 */
export function groupFromRecord(
  groupId: string,
  stored: GroupMetadataValue,
  world: GroupWorld,
): ClassicGroup {
  checkConsistent(stored)
  const group = new ClassicGroup(groupId, world)
  for (const one of stored.members) {
    const metadata = new Uint8Array(one.subscription)
    const member = group.newMember({
      memberId: one.memberId,
      groupInstanceId: one.groupInstanceId,
      clientId: one.clientId,
      clientHost: one.clientHost,
      // Before its version 1 the record did not say: one timeout stood for both.
      rebalanceTimeoutMs: one.rebalanceTimeout < 0 ? one.sessionTimeout : one.rebalanceTimeout,
      sessionTimeoutMs: one.sessionTimeout,
      protocols: stored.protocol === null ? [] : [{ name: stored.protocol, metadata }],
    })
    member.assignment = new Uint8Array(one.assignment)
    group.roster.add(member)
  }
  group.restore({
    generationId: stored.generation,
    protocolType: stored.protocolType,
    protocolName: stored.protocol,
    leader: stored.leader,
    stateTimestampMs: stored.currentStateTimestamp,
  })
  return group
}

function checkConsistent({ protocol, leader, members }: GroupMetadataValue): void {
  if (members.length === 0) return
  const memberIds = new Set(members.map(({ memberId }) => memberId))
  const instanceIds = members.flatMap(({ groupInstanceId }) => groupInstanceId ?? [])
  const isSound =
    protocol !== null &&
    (leader === null || memberIds.has(leader)) &&
    memberIds.size === members.length &&
    new Set(instanceIds).size === instanceIds.length
  if (!isSound) throw new DecodeError('the members of a stored group contradict each other')
}
