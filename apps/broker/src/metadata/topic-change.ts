import { messageOf } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import type { Topic, TopicConfigs } from './topic.ts'

/** A topic somebody wants. Configs are validated before they come here. */
export interface NewTopic {
  readonly name: string
  /** -1 asks for the broker's `num.partitions`. */
  readonly partitions: number
  /** -1 asks for the broker's default; besides it only 1 can be had. */
  readonly replicationFactor: number
  /** Partition index to broker ids; empty lets the broker place them. */
  readonly assignments: readonly PartitionAssignment[]
  readonly configs: TopicConfigs
}

export interface PartitionAssignment {
  readonly partitionIndex: number
  readonly brokerIds: readonly number[]
}

/** More partitions for a topic that exists. */
export interface MorePartitions {
  readonly name: string
  /** The count afterwards, not how many to add. */
  readonly count: number
  /** One entry per added partition; null lets the broker place them. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null
}

/** What to delete: by id if `id` is given, else by name. */
export interface TopicTarget {
  readonly name: string | null
  readonly id: string | null
}

export interface ChangeOptions {
  /** Only say what would happen. */
  readonly validateOnly?: boolean
  /** Asked of each topic that could be changed; one that it says no to is not. */
  readonly quota?: PartitionQuota | undefined
}

/** Bounds how many partitions are made and deleted. */
export interface PartitionQuota {
  /** @returns false when there are to be no more changes for now. */
  take(partitions: number): boolean
}

/** @returns why a topic is not changed; undefined where the quota has room for it. */
export function overQuota(
  quota: PartitionQuota | undefined,
  partitions: number,
): Refusal | undefined {
  if (quota === undefined || quota.take(partitions)) return undefined
  return refusal(ErrorCode.THROTTLING_QUOTA_EXCEEDED, 'The throttling quota has been exceeded.')
}

/** The outcome for one topic of a change. */
export interface TopicOutcome {
  readonly errorCode: ErrorCode
  /** For people; null when `errorCode` is NONE. */
  readonly errorMessage: string | null
  /** The topic changed; null with an error, or when a topic was only validated. */
  readonly topic: Topic | null
  /** Partitions it has, or would have; -1 with an error. */
  readonly partitionCount: number
}

/** Why a change is refused. */
export interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

export function refusal(errorCode: ErrorCode, errorMessage: string): Refusal {
  return { errorCode, errorMessage }
}

export function refused({ errorCode, errorMessage }: Refusal): TopicOutcome {
  return { errorCode, errorMessage, topic: null, partitionCount: -1 }
}

export function accepted(topic: Topic | null, partitionCount: number): TopicOutcome {
  return { errorCode: ErrorCode.NONE, errorMessage: null, topic, partitionCount }
}

export function storageFailure(error: unknown): TopicOutcome {
  const errorMessage = messageOf(error)
  return refused({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, errorMessage })
}
