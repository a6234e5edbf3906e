import { ErrorCode } from '@pafka/protocol'

import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import type { AcknowledgementBatch } from '../share-groups/acknowledge-records.ts'
import type { PartitionAcknowledgement } from '../share-groups/share-service.ts'
import type { SessionClaim, SharedPartition } from '../share-groups/share-sessions.ts'

/** Source: Kafka's `ShareRequestMetadata`; a member id is a uuid as text. */
const MOST_MEMBER_ID_LENGTH = 36

interface MemberFields {
  readonly groupId: string | null
  readonly memberId: string | null
  readonly shareSessionEpoch: number
}

/** Who asks, by a request that `memberProblem` found nothing in. */
export function claimOf(fields: MemberFields): SessionClaim {
  const { groupId, memberId, shareSessionEpoch: epoch } = fields
  return { groupId: groupId ?? '', memberId: memberId ?? '', epoch }
}

/** What answers hold that say nothing of partitions. */
interface RefusedAnswer extends Refusal {
  readonly throttleTimeMs: number
  readonly acquisitionLockTimeoutMs: number
  readonly responses: []
  readonly nodeEndpoints: []
}

export function refused({ errorCode, errorMessage }: Refusal): RefusedAnswer {
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage,
    acquisitionLockTimeoutMs: 0,
    responses: [],
    nodeEndpoints: [],
  }
}

export function refusedSession(errorCode: ErrorCode): RefusedAnswer {
  return refused(refusal(errorCode, 'The share session is not as the request takes it to be.'))
}

/** Whether a request says who it is from. */
export function memberProblem({ groupId, memberId }: MemberFields): Refusal | undefined {
  if (groupId === null || groupId === '') {
    return refusal(ErrorCode.INVALID_REQUEST, 'GroupId must not be empty.')
  }
  const isGood = memberId !== null && memberId !== '' && memberId.length <= MOST_MEMBER_ID_LENGTH
  return isGood ? undefined : refusal(ErrorCode.INVALID_REQUEST, 'There is no such MemberId.')
}

export function sharedPartitions(
  topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
): SharedPartition[] {
  return topics.flatMap(({ topicId, partitions }) =>
    partitions.map((partition) => ({ topicId, partition })),
  )
}

/** The partitions of a request of which it says what became of records. */
export function acknowledgementsOf(
  topics: readonly {
    readonly topicId: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly acknowledgementBatches: readonly AcknowledgementBatch[]
    }[]
  }[],
): PartitionAcknowledgement[] {
  return topics.flatMap(({ topicId, partitions }) =>
    partitions.flatMap(({ partitionIndex: partition, acknowledgementBatches: batches }) =>
      batches.length === 0 ? [] : [{ topicId, partition, batches }],
    ),
  )
}
