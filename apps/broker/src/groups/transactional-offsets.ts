import type { MarkerType } from '@pafka/log'

import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { CommittedOffset, OffsetStore } from './offset-store.ts'

interface Pending {
  readonly groupId: string
  readonly place: TopicPartition
  readonly committed: CommittedOffset
  /** Where it stands among all changes of offsets: what came later is not overwritten. */
  readonly sequence: number
}

/** Offsets that transactions commit when they end (KIP-447), by partition and producer. */
export class TransactionalOffsets {
  readonly #store: OffsetStore
  readonly #partitions = new Map<number, Map<number, Pending[]>>()

  constructor(store: OffsetStore) {
    this.#store = store
  }

  /** The log has an offset of a transaction; `store.beginInTransaction` was called for it. */
  written(partition: number, producerId: number, offset: Omit<Pending, 'sequence'>): void {
    const producers = this.#partitions.get(partition) ?? new Map<number, Pending[]>()
    this.#partitions.set(partition, producers)
    const pending = producers.get(producerId) ?? []
    producers.set(producerId, pending)
    pending.push({ ...offset, sequence: this.#store.nextSequence() })
  }

  /** The marker of a producer's transaction is in the partition. */
  ended(partition: number, producerId: number, how: MarkerType): void {
    const producers = this.#partitions.get(partition)
    const pending = producers?.get(producerId) ?? []
    producers?.delete(producerId)
    if (producers?.size === 0) this.#partitions.delete(partition)
    for (const one of pending) {
      this.#store.endInTransaction(one.groupId, one.place, how === 'commit' ? one : null)
    }
  }
}
