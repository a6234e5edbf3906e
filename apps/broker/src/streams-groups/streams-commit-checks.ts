import { ErrorCode } from '@pafka/protocol'

import type { StreamsGroup } from './streams-group.ts'
import { readerOf } from './topology.ts'

/** Who commits or fetches offsets, and in which epoch it takes itself to be. */
interface CommitClaim {
  readonly memberId: string
  readonly generationId: number
}

interface CommittedPlace {
  readonly topic: string
  readonly partition: number
}

/**
 * Whether a member may commit these offsets. One that was not told its new epoch yet may still
 * commit for the tasks that it has had since the epoch that it knows.
 * @param knowsStaleEpoch the client knows STALE_MEMBER_EPOCH (v9), or commits in a transaction
 */
export function checkStreamsCommit(
  group: StreamsGroup,
  { memberId, generationId }: CommitClaim,
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
  if (!knowsStaleEpoch) return ErrorCode.UNSUPPORTED_VERSION
  if (generationId === member.memberEpoch) return ErrorCode.NONE
  const { topology } = group
  if (generationId > member.memberEpoch || topology === null) return ErrorCode.STALE_MEMBER_EPOCH
  const { assigned, revoking } = member
  const hadAll = places.every(({ topic, partition }) => {
    const subtopologyId = readerOf(topology, topic)?.subtopologyId ?? ''
    const since =
      assigned.active.get(subtopologyId)?.get(partition) ??
      revoking.active.get(subtopologyId)?.get(partition)
    return since !== undefined && since <= generationId
  })
  return hadAll ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH
}

/** @param memberId null when who asks is no member */
export function checkStreamsFetch(
  group: StreamsGroup,
  memberId: string | null,
  memberEpoch: number,
): ErrorCode {
  if (memberId === null && memberEpoch < 0) return ErrorCode.NONE
  const member = group.members.get(memberId ?? '')
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  return memberEpoch === member.memberEpoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH
}
