import { Checks } from '../options/checks.ts'
import { Bell } from '../time/bell.ts'
import { consumeChannel } from '../watch/channels.ts'
import { tracedHandler } from '../watch/traced-handler.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { AssignedPartitions } from './assigned-partitions.ts'
import type { RunOptions } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import type { RunRecord } from './key-lines.ts'
import type { RecordFlow, TakenBatch } from './record-flow.ts'
import { RunPartition } from './run-partition.ts'
import type { RunParts } from './run-parts.ts'

/** Where a run has its records from. */
interface RunSource<K, V> {
  readonly flow: RecordFlow
  readonly assigned: AssignedPartitions<K, V>
  /** What was taken before, and is not all given. */
  readonly taken: TakenBatch | undefined
  /** False when there are none any more. @throws {KafkaError} */
  readonly isOpen: () => boolean
}

/**
 * Hands records to a handler, as many at a time as it may have, and as the order has it.
 * @throws what the handler throws, or `source`, when all that was under way has an end
 */
export async function runRecords<K, V>(
  source: RunSource<K, V>,
  handler: (record: ConsumerRecord<K, V>) => unknown,
  { concurrency = 1, order = 'partition' }: RunOptions,
  parts: RunParts,
): Promise<void> {
  const checks = new Checks()
  checks.handler(handler)
  checks.number('concurrency', concurrency, 1)
  checks.oneOf('order', order, ['partition', 'key', 'none'])
  checks.done()
  const traced = tracedHandler(handler, parts)
  await new Run(source, traced, { concurrency, order, isAuto: parts.isAuto }).ended()
}

interface RunTerms extends Required<RunOptions>, Pick<RunParts, 'isAuto'> {}

class Run<K, V> {
  readonly #source: RunSource<K, V>
  readonly #handler: (record: ConsumerRecord<K, V>) => unknown
  readonly #terms: RunTerms
  readonly #partitions = new WeakMap<AssignedPartition<K, V>, RunPartition<K, V>>()
  /** Those that may have a record to be handled now. */
  readonly #runnable = new Set<RunPartition<K, V>>()
  /** Rings when a handler may begin that could not before, and when one has ended. */
  readonly #room = new Bell()
  #running = 0
  #failure: { readonly cause: unknown } | undefined

  constructor(
    source: RunSource<K, V>,
    handler: (record: ConsumerRecord<K, V>) => unknown,
    terms: RunTerms,
  ) {
    this.#source = source
    this.#handler = handler
    this.#terms = terms
    if (source.taken !== undefined) this.#take(source.taken)
  }

  async ended(): Promise<void> {
    const { flow, isOpen } = this.#source
    try {
      for (;;) {
        this.#begin()
        if (this.#failure !== undefined || !isOpen()) break
        // oxlint-disable-next-line no-await-in-loop -- this is the wait for records, or for room
        await (this.#hasRoom ? flow.changed() : this.#room.heard())
      }
    } finally {
      // oxlint-disable-next-line no-await-in-loop -- until the last one has ended
      while (this.#running > 0) await this.#room.heard()
    }
    // oxlint-disable-next-line typescript/only-throw-error -- it is what the handler threw
    if (this.#failure !== undefined) throw this.#failure.cause
  }

  get #hasRoom(): boolean {
    return this.#running < this.#terms.concurrency
  }

  /** Begins what can be begun. After a failure that is nothing. */
  #begin(): void {
    try {
      while (this.#failure === undefined && this.#hasRoom) {
        if (!this.#beginNext() && !this.#takeNext()) return
      }
    } catch (cause) {
      this.#fail(cause)
    }
  }

  /** @returns false when none of the partitions has one */
  #beginNext(): boolean {
    for (const partition of this.#runnable) {
      const next = partition.next()
      if (next !== undefined) {
        void this.#handle(partition, next)
        return true
      }
      this.#runnable.delete(partition)
    }
    return false
  }

  /** @returns false when there is no batch now. @throws {KafkaError} of a partition */
  #takeNext(): boolean {
    const taken = this.#source.flow.take()
    if (taken !== undefined) this.#take(taken)
    return taken !== undefined
  }

  #take(taken: TakenBatch): void {
    const { flow, assigned } = this.#source
    const of = assigned.ofReader(taken.reader)
    if (of === undefined) return
    let partition = this.#partitions.get(of)
    if (partition === undefined) {
      partition = new RunPartition(of, { flow, ...this.#terms })
      this.#partitions.set(of, partition)
    }
    partition.take(taken)
    this.#runnable.add(partition)
  }

  async #handle(partition: RunPartition<K, V>, one: RunRecord<K, V>): Promise<void> {
    const { record } = one
    this.#running += 1
    try {
      await (consumeChannel.hasSubscribers ? this.#traced(record) : this.#handler(record))
      if (this.#terms.isAuto) record.ack()
    } catch (cause) {
      this.#fail(cause)
    } finally {
      this.#running -= 1
      partition.ended(one)
      this.#runnable.add(partition)
      this.#begin()
      if (this.#hasRoom) this.#room.ring()
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause }
    this.#source.flow.wake()
  }

  #traced(record: ConsumerRecord<K, V>): Promise<unknown> {
    const { topic, partition, offset } = record
    const trace = { topic, partition, offset, record }
    return consumeChannel.tracePromise(async () => this.#handler(record), trace)
  }
}
