import { ErrorCode } from '@pafka/protocol'

import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import type { AcknowledgementBatch } from '../share-groups/acknowledge-records.ts'
import type { PartitionAcknowledgement } from '../share-groups/share-service.ts'
import type { SharedPartition } from '../share-groups/share-sessions.ts'

/** Source: Kafka's `ShareRequestMetadata`; a member id is a uuid as text. */
const MOST_MEMBER_ID_LENGTH = 36

interface MemberFields {
  readonly groupId: string | null
  readonly memberId: string | null
  readonly shareSessionEpoch: number
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
