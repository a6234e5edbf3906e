import { type TopicPartition, partitionKey } from '../../cluster/topic-partition.ts'
import type { GroupOffset } from '../../consumer/group/group-offsets.ts'
import type { GroupProgress } from '../../consumer/group/group-progress.ts'
import { KafkaError } from '../../errors/kafka-error.ts'
import type { OffsetsOfGroup } from './transaction-coordinator.ts'

/** How far groups come by a transaction. */
export class ProcessedOffsets {
  readonly #groups = new Map<GroupProgress, Map<string, GroupOffset>>()

  readonly #held = new Map<() => boolean, TopicPartition>()

  /** What is processed of it counts only as long as the member that read it has it. */
  holds(place: TopicPartition, isLost: () => boolean): void {
    this.#held.set(isLost, place)
  }

  /** All before `offset` is processed. */
  add(group: GroupProgress, place: TopicPartition, offset: number): void {
    const offsets = this.#groups.get(group) ?? new Map<string, GroupOffset>()
    this.#groups.set(group, offsets)
    const key = partitionKey(place)
    if ((offsets.get(key)?.offset ?? -1) >= offset) return
    const { topic, partition } = place
    offsets.set(key, { topic, partition, offset })
  }

  /**
   * Each to be asked for when it is sent: a member's generation may be a newer one by then.
   * @throws {KafkaError} PARTITION_LOST, when it is asked: in that generation the member has every
   *   right to commit, but not what somebody else processes by now
   */
  get groups(): readonly (() => OffsetsOfGroup)[] {
    return [...this.#groups].map(([group, offsets]) => () => {
      for (const [isLost, place] of this.#held) if (isLost()) throw partitionLost(place)
      return { groupId: group.groupId, member: group.member, offsets: [...offsets.values()] }
    })
  }

  /** They are committed. */
  committed(): void {
    for (const [group, offsets] of this.#groups) group.committed([...offsets.values()])
  }
}

function partitionLost(context: TopicPartition): KafkaError {
  const { topic, partition } = context
  const text = `${topic}/${partition} was given to another member before its offset was committed.`
  return new KafkaError('PARTITION_LOST', text, { kind: 'abortable', context })
}
