import type { TopicPartition } from '../metadata/topic-partition.ts'

/** One committed offset. */
export interface CommittedOffset {
  readonly offset: number
  /** -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** -1: the broker's retention counts. */
  readonly expireTimestampMs: number
  /** ZERO_UUID when not known. */
  readonly topicId: string
}

/** The place of one partition's offset in a group. */
export class OffsetSlot {
  /** What a fetch is told; null while the first commit is under way. */
  committed: CommittedOffset | null = null
  /** Commits on their way to the log, and in transactions that have not ended. */
  uncommitted = 0
  /** Of those, how many are in transactions: `committed` is not stable while there are any. */
  inTransactions = 0
  /** Where in the order of all changes `committed` was last changed. */
  sequence = 0
}

/** The offsets of one group, by topic and partition. */
export class GroupOffsets {
  readonly #topics = new Map<string, Map<number, OffsetSlot>>()

  get isEmpty(): boolean {
    return this.#topics.size === 0
  }

  topics(): IterableIterator<[string, ReadonlyMap<number, OffsetSlot>]> {
    return this.#topics.entries()
  }

  get(topic: string, partition: number): OffsetSlot | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  slot(topic: string, partition: number): OffsetSlot {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#topics.set(topic, partitions)
    }
    let slot = partitions.get(partition)
    if (slot === undefined) {
      slot = new OffsetSlot()
      partitions.set(partition, slot)
    }
    return slot
  }

  /** Drops the slot if nothing is in it nor coming. */
  dropIfVacant({ topic, partition }: TopicPartition): void {
    const partitions = this.#topics.get(topic)
    const slot = partitions?.get(partition)
    if (partitions === undefined || slot === undefined) return
    if (slot.committed !== null || slot.uncommitted > 0) return
    partitions.delete(partition)
    if (partitions.size === 0) this.#topics.delete(topic)
  }
}

/** The offsets of all groups of this broker. */
export class OffsetStore {
  readonly #groups = new Map<string, GroupOffsets>()
  #sequence = 0

  get(groupId: string): GroupOffsets | undefined {
    return this.#groups.get(groupId)
  }

  groupIds(): IterableIterator<string> {
    return this.#groups.keys()
  }

  of(groupId: string): GroupOffsets {
    let offsets = this.#groups.get(groupId)
    if (offsets === undefined) {
      offsets = new GroupOffsets()
      this.#groups.set(groupId, offsets)
    }
    return offsets
  }

  committed(groupId: string, { topic, partition }: TopicPartition): CommittedOffset | null {
    return this.#groups.get(groupId)?.get(topic, partition)?.committed ?? null
  }

  set(groupId: string, { topic, partition }: TopicPartition, committed: CommittedOffset): void {
    this.#change(this.of(groupId).slot(topic, partition), committed)
  }

  remove(groupId: string, place: TopicPartition): void {
    const offsets = this.#groups.get(groupId)
    const slot = offsets?.get(place.topic, place.partition)
    if (offsets === undefined || slot === undefined) return
    this.#change(slot, null)
    this.#dropIfVacant(groupId, offsets, place)
  }

  /** A commit goes to the log: from here on a deletion must delete it too. */
  begin(groupId: string, { topic, partition }: TopicPartition): void {
    this.of(groupId).slot(topic, partition).uncommitted += 1
  }

  /** @param committed null when the log did not take it */
  settle(groupId: string, place: TopicPartition, committed: CommittedOffset | null): void {
    const offsets = this.of(groupId)
    const slot = offsets.slot(place.topic, place.partition)
    slot.uncommitted = Math.max(slot.uncommitted - 1, 0)
    if (committed !== null) this.#change(slot, committed)
    this.#dropIfVacant(groupId, offsets, place)
  }

  /** As `begin`, of a commit that counts when its transaction does. */
  beginInTransaction(groupId: string, place: TopicPartition): void {
    this.begin(groupId, place)
    this.of(groupId).slot(place.topic, place.partition).inTransactions += 1
  }

  /** @param pending null when it is not committed; nothing when it was overtaken meanwhile */
  endInTransaction(
    groupId: string,
    place: TopicPartition,
    pending: { readonly committed: CommittedOffset; readonly sequence: number } | null,
  ): void {
    const slot = this.of(groupId).slot(place.topic, place.partition)
    slot.inTransactions = Math.max(slot.inTransactions - 1, 0)
    if (pending !== null && pending.sequence > slot.sequence) {
      slot.committed = pending.committed
      slot.sequence = pending.sequence
    }
    this.settle(groupId, place, null)
  }

  /** The place of a change among all others. */
  nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  #change(slot: OffsetSlot, committed: CommittedOffset | null): void {
    slot.committed = committed
    slot.sequence = this.nextSequence()
  }

  #dropIfVacant(groupId: string, offsets: GroupOffsets, place: TopicPartition): void {
    offsets.dropIfVacant(place)
    if (offsets.isEmpty) this.#groups.delete(groupId)
  }
}
