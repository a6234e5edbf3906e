import { ErrorCode } from '@pafka/protocol'

import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import type { LiveStreamsGroup } from './live-streams-group.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsHeartbeatRequest } from './streams-heartbeat-request.ts'
import {
  NEW_STREAMS_ASSIGNMENT,
  NEW_STREAMS_METADATA,
  type StreamsMember,
} from './streams-member.ts'
import { ownsAllTasks } from './tasks.ts'
import { sameTopology, type Topology } from './topology.ts'

type Claim = Pick<StreamsHeartbeatRequest, 'memberId' | 'memberEpoch' | 'reported'>

/** The member that speaks; one that joins may be new. */
export function findStreamsMember(group: StreamsGroup, claim: Claim): StreamsMember | Refusal {
  const { memberId, memberEpoch } = claim
  const member = group.members.get(memberId)
  if (memberEpoch === 0) {
    return member ?? { ...NEW_STREAMS_METADATA, ...NEW_STREAMS_ASSIGNMENT, memberId }
  }
  if (member === undefined) return unknownStreamsMember(group, memberId)
  return isKnownEpoch(member, claim) ? member : fencedMember(member, memberEpoch)
}

export function unknownStreamsMember({ groupId }: StreamsGroup, memberId: string): Refusal {
  return refusal(ErrorCode.UNKNOWN_MEMBER_ID, `Group ${groupId} has no member ${memberId}.`)
}

/**
 * The epoch before is let pass when nothing shows that the member knows of the next: the answer
 * that told it may be lost.
 */
function isKnownEpoch(member: StreamsMember, { memberEpoch, reported }: Claim): boolean {
  if (memberEpoch === member.memberEpoch) return true
  if (memberEpoch > member.memberEpoch || memberEpoch !== member.previousEpoch) return false
  return reported !== null && ownsAllTasks(reported, member.assigned)
}

function fencedMember(member: StreamsMember, memberEpoch: number): Refusal {
  const text = `The member is in epoch ${member.memberEpoch}, not ${memberEpoch}; it must rejoin.`
  return refusal(ErrorCode.FENCED_MEMBER_EPOCH, text)
}

/** A group runs the topology of who founded it; an older one is told that it is old. */
export function topologyProblem(
  ofGroup: Topology | null,
  told: Topology | null,
): Refusal | undefined {
  if (ofGroup === null) {
    if (told !== null) return undefined
    return refusal(ErrorCode.FENCED_MEMBER_EPOCH, 'The group has no topology; rejoin with one.')
  }
  if (told === null || told.epoch < ofGroup.epoch || sameTopology(told, ofGroup)) return undefined
  return refusal(ErrorCode.INVALID_REQUEST, 'Topology updates are not supported yet.')
}

/** Whether the member says to have tasks that there cannot be. */
export function tasksProblem(
  live: LiveStreamsGroup,
  { reported }: Pick<StreamsHeartbeatRequest, 'reported'>,
): Refusal | undefined {
  const configured = live.configured()
  if (reported === null || configured === null || configured.problem !== null) return undefined
  const counts = new Map(
    configured.subtopologies.map(({ subtopologyId, tasks }) => [subtopologyId, tasks]),
  )
  for (const tasks of [reported.active, reported.standby, reported.warmup]) {
    for (const [subtopologyId, partitions] of tasks) {
      const count = counts.get(subtopologyId)
      const wrong = partitions.find((one) => one < 0 || one >= (count ?? 0))
      if (count !== undefined && wrong === undefined) continue
      const told = `Number of tasks for this subtopology: ${count}`
      const text =
        count === undefined
          ? `Subtopology ${subtopologyId} does not exist in the topology.`
          : `Task ${wrong} for subtopology ${subtopologyId} is invalid. ${told}`
      return refusal(ErrorCode.INVALID_REQUEST, text)
    }
  }
  return undefined
}
