import type { Random } from '@pafka/base'

import type { TopicMetadata } from '../cluster/cluster-metadata.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { partitionOfKey } from './murmur2.ts'
import { PartitionQueue, type QueueWorld } from './partition-queue.ts'
import type { KeyBytes } from './record-slab.ts'

export interface TopicQueuesOptions {
  readonly world: QueueWorld
  readonly random: Random
  /** Above it a batch is full. */
  readonly batchBytes: number
}

/** The partitions of a topic, as a producer sees them. */
export class TopicQueues {
  readonly name: string
  readonly #options: TopicQueuesOptions
  readonly #queues: PartitionQueue[] = []
  /** Those with a leader; records without a key go nowhere else, while there is one. */
  #led: readonly number[] = []
  /** Where records without a key go, until a batch there is full or on its way. */
  #sticky: PartitionQueue | undefined
  #stickyBatches = 0

  constructor(name: string, options: TopicQueuesOptions) {
    this.name = name
    this.#options = options
  }

  get all(): readonly PartitionQueue[] {
    return this.#queues
  }

  /** Why an attempt failed, in any of them, where the last one did. */
  get lastError(): unknown {
    return this.#queues.find(({ lastError }) => lastError !== undefined)?.lastError
  }

  /** Topics grow; they never shrink. */
  update({ partitions }: TopicMetadata): void {
    const { world, batchBytes } = this.#options
    for (let partition = this.#queues.length; partition < partitions.length; partition++) {
      this.#queues.push(new PartitionQueue({ topic: this.name, partition }, world, batchBytes))
    }
    const led = partitions.filter(({ leaderId }) => leaderId >= 0)
    this.#led = (led.length > 0 ? led : partitions).map(({ partition }) => partition)
  }

  /** @throws {KafkaError} UNKNOWN_PARTITION */
  queueOf(partition: number): PartitionQueue {
    const queue = this.#queues[partition]
    if (queue !== undefined) return queue
    const text = `Topic ${this.name} has ${this.#queues.length} partitions, none is ${partition}.`
    const context = { topic: this.name, partition }
    throw new KafkaError('UNKNOWN_PARTITION', text, { kind: 'usage', context })
  }

  /** As Kafka's clients do: records of a key meet in one partition. */
  choose(key: KeyBytes): PartitionQueue {
    if (key.length < 0) return this.#stickyQueue()
    return this.queueOf(partitionOfKey(key.view, key.length, this.#queues.length))
  }

  #stickyQueue(): PartitionQueue {
    const sticky = this.#sticky
    if (sticky !== undefined && sticky.batches === this.#stickyBatches) return sticky
    const chosen = this.#shorter(this.#any(), this.#any())
    this.#sticky = chosen
    // its first record may open a batch; the next batch after that is not ours
    this.#stickyBatches = chosen.hasOpen ? chosen.batches : chosen.batches + 1
    return chosen
  }

  #any(): PartitionQueue {
    const at = this.#options.random.below(this.#led.length)
    return this.queueOf(this.#led[at] ?? 0)
  }

  #shorter(one: PartitionQueue, other: PartitionQueue): PartitionQueue {
    return one.backlog <= other.backlog ? one : other
  }
}
