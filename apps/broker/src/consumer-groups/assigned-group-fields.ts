import type { TargetEpoch } from './consumer-group-record.ts'
import { MemberState } from './consumer-member.ts'
import type { OwnedPartitions } from './partitions.ts'

/** Of when a target was made, in the records of every group in which the broker assigns. */
interface TargetEpochFields {
  readonly assignmentEpoch: number
  /** Kafka before 4.3 wrote none. */
  readonly assignmentTimestamp?: number | undefined
}

export function targetEpochFields(target: TargetEpoch): {
  readonly assignmentEpoch: number
  readonly assignmentTimestamp: number
} {
  return { assignmentEpoch: target.epoch, assignmentTimestamp: target.timestampMs }
}

export function targetEpochFrom(fields: TargetEpochFields): TargetEpoch {
  return { epoch: fields.assignmentEpoch, timestampMs: fields.assignmentTimestamp ?? 0 }
}

/** @returns undefined for a state of a later Kafka */
export function memberStateFrom(code: number): MemberState | undefined {
  return Object.values(MemberState).find((state) => state === code)
}

interface OwnedFields {
  readonly topicId: string
  readonly partitions: readonly number[]
  readonly assignmentEpochs?: readonly number[] | null | undefined
}

/** @param epoch for partitions without one of their own, as Kafka before 4.3 wrote them. */
export function ownedFrom(listed: readonly OwnedFields[], epoch: number): OwnedPartitions {
  const owned = new Map<string, Map<number, number>>()
  for (const { topicId, partitions, assignmentEpochs } of listed) {
    const epochs = owned.get(topicId) ?? new Map<number, number>()
    const own = assignmentEpochs?.length === partitions.length ? assignmentEpochs : undefined
    for (const [at, partition] of partitions.entries()) {
      epochs.set(partition, own?.[at] ?? epoch)
    }
    if (epochs.size > 0) owned.set(topicId, epochs)
  }
  return owned
}
