import { ErrorCode } from '@pafka/protocol'

import type { ConsumerGroup } from './consumer-group.ts'

/** Who commits or fetches offsets, and in which epoch, or generation, it takes itself to be. */
interface CommitClaim {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

interface CommittedPlace {
  readonly topicId: string
  readonly partition: number
}

/**
 * Whether a member may commit these offsets. One that was not told its new epoch yet may still
 * commit for what it has had since the epoch that it knows (KIP-1251).
 * @param knowsStaleEpoch the client knows STALE_MEMBER_EPOCH (v9)
 */
export function checkConsumerCommit(
  group: ConsumerGroup,
  { memberId, groupInstanceId, generationId }: CommitClaim,
  {
    places,
    knowsStaleEpoch,
  }: {
    readonly places: readonly CommittedPlace[]
    readonly knowsStaleEpoch: boolean
  },
): ErrorCode {
  if (generationId < 0 && group.isEmpty) return ErrorCode.NONE
  const member = group.members.get(memberId)
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  if (member.classic !== null) {
    if (groupInstanceId !== null && member.instanceId !== groupInstanceId) {
      return ErrorCode.UNKNOWN_MEMBER_ID
    }
    return generationId === member.memberEpoch ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION
  }
  if (!knowsStaleEpoch) return ErrorCode.UNSUPPORTED_VERSION
  if (generationId === member.memberEpoch) return ErrorCode.NONE
  if (generationId > member.memberEpoch) return ErrorCode.STALE_MEMBER_EPOCH
  const hadAll = places.every(({ topicId, partition }) => {
    const { assigned, revoking } = member
    const since = assigned.get(topicId)?.get(partition) ?? revoking.get(topicId)?.get(partition)
    return since !== undefined && since <= generationId
  })
  return hadAll ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH
}

/** @param memberId null when who asks is no member */
export function checkConsumerFetch(
  group: ConsumerGroup,
  memberId: string | null,
  memberEpoch: number,
): ErrorCode {
  if (memberId === null && memberEpoch < 0) return ErrorCode.NONE
  const member = group.members.get(memberId ?? '')
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  if (memberEpoch === member.memberEpoch) return ErrorCode.NONE
  return member.classic === null ? ErrorCode.STALE_MEMBER_EPOCH : ErrorCode.ILLEGAL_GENERATION
}
