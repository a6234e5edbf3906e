import { assert } from '@pafka/base'

import type { CurrentAssignment } from './consumer-member.ts'
import type { OwnedPartitions } from './partitions.ts'

type Held = Pick<CurrentAssignment, 'assigned' | 'revoking'>

/** Which member has which partition, at most one each. What is to be given up is still had. */
export class PartitionOwners {
  readonly #topics = new Map<string, Map<number, string>>()

  get(topicId: string, partition: number): string | undefined {
    return this.#topics.get(topicId)?.get(partition)
  }

  add(memberId: string, { assigned, revoking }: Held): void {
    this.#add(memberId, assigned)
    this.#add(memberId, revoking)
  }

  remove(memberId: string, { assigned, revoking }: Held): void {
    this.#remove(memberId, assigned)
    this.#remove(memberId, revoking)
  }

  #add(memberId: string, owned: OwnedPartitions): void {
    for (const [topicId, epochs] of owned) {
      let owners = this.#topics.get(topicId)
      if (owners === undefined) {
        owners = new Map<number, string>()
        this.#topics.set(topicId, owners)
      }
      for (const partition of epochs.keys()) {
        assert(!owners.has(partition), 'a partition has one owner')
        owners.set(partition, memberId)
      }
    }
  }

  #remove(memberId: string, owned: OwnedPartitions): void {
    for (const [topicId, epochs] of owned) {
      const owners = this.#topics.get(topicId)
      for (const partition of epochs.keys()) {
        assert(owners?.get(partition) === memberId, 'only what a member has is taken from it')
        owners?.delete(partition)
      }
      if (owners?.size === 0) this.#topics.delete(topicId)
    }
  }
}
