import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { KafkaError } from '../errors/kafka-error.ts'

/** Where a record is now. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1 where the broker does not say it: it had the record already, or need not answer. */
  readonly offset: number
  /** Set by the broker, where the topic has it so; milliseconds since the epoch. */
  readonly logAppendTime: number | undefined
  /** Of the partition; undefined where the broker does not say it. */
  readonly logStartOffset?: number | undefined
}

/** What a broker said of a batch that it has. */
export interface BatchWritten {
  /** -1 where it did not say it. */
  readonly baseOffset: number
  readonly logAppendTime: number | undefined
  readonly logStartOffset?: number | undefined
}

/** Keeps, or breaks, the promise of one record. */
export type ResolveRecord = (metadata: RecordMetadata | Promise<never>) => void

/** The promises that were given for records of a batch: for each of them, as a rule. */
export class RecordPromises {
  readonly #resolvers: ResolveRecord[] = []
  /** Of their records in the batch; undefined as long as each record has a promise. */
  #positions: number[] | undefined

  get count(): number {
    return this.#resolvers.length
  }

  /** @param position above that of the one before */
  add(position: number, resolve: ResolveRecord): void {
    if (position !== this.#resolvers.length) {
      this.#positions ??= Array.from(this.#resolvers, (_, at) => at)
    }
    this.#resolvers.push(resolve)
    this.#positions?.push(position)
  }

  keep(
    { topic, partition }: TopicPartition,
    { baseOffset, logAppendTime, logStartOffset }: BatchWritten,
  ): void {
    const resolvers = this.#resolvers
    for (let at = 0; at < resolvers.length; at++) {
      const offset = baseOffset < 0 ? -1 : baseOffset + this.#positionOf(at)
      resolvers[at]?.({ topic, partition, offset, logAppendTime, logStartOffset })
    }
  }

  break(error: KafkaError): void {
    for (const resolve of this.#resolvers) resolve(Promise.reject(error))
  }

  /** Those of the first `half` records are the first part's. */
  split(half: number, parts: readonly [RecordPromises, RecordPromises]): void {
    for (const [at, resolve] of this.#resolvers.entries()) {
      const position = this.#positionOf(at)
      if (position < half) parts[0].add(position, resolve)
      else parts[1].add(position - half, resolve)
    }
  }

  #positionOf(at: number): number {
    return this.#positions?.[at] ?? at
  }
}
