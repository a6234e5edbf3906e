import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { RecordSource } from '../../consumer/consumer-record.ts'
import type { PartitionReader } from '../../consumer/partition-reader.ts'
import { bytes } from '../../serde/bytes.ts'

/** A partition that this member has, while it has it. */
export class OwnedPartition {
  readonly place: TopicPartition
  readonly source: RecordSource<Uint8Array, Uint8Array>
  /** Undefined until it is known where to begin. */
  reader: PartitionReader | undefined
  /** Times that the program failed on what is next in it. */
  failures = 0
  /** The program wants to go on elsewhere: what it is handling now is not what it wants. */
  isSought = false
  /** It is somebody else's, or about to be. */
  isEnded = false
  #handling: PromiseWithResolvers<void> | undefined

  constructor(place: TopicPartition) {
    const { topic, partition } = place
    this.place = { topic, partition }
    this.source = { topic, partition, key: bytes(), value: bytes() }
  }

  /** The program has something of it, until this is called with false. */
  set isBusy(isBusy: boolean) {
    if (isBusy) {
      this.#handling = Promise.withResolvers()
    } else {
      this.#handling?.resolve()
      this.#handling = undefined
    }
  }

  get isBusy(): boolean {
    return this.#handling !== undefined
  }

  /** Ends when the program has nothing of it. */
  async idle(): Promise<void> {
    await this.#handling?.promise
  }
}
