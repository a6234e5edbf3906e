import type { Random } from '@pafka/base'

import type { Cluster } from '../cluster/cluster.ts'
import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { Closing } from '../time/closing.ts'
import type { Deadline } from '../time/deadline.ts'
import { every } from '../time/every.ts'
import { rejected, unlessAborted, within } from '../time/sleep.ts'
import { Turns } from '../time/turns.ts'
import type { Topic, TopicPattern } from '../topic.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import { AssignedPartitions } from './assigned-partitions.ts'
import type { ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerCloseOptions, ConsumerOptions, RunOptions } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { type ConsumerSettings, consumerSettings } from './consumer-settings.ts'
import type { DeadLetterProducer } from './dead-letters.ts'
import type { GroupMember } from './group/group-member.ts'
import type { GroupOffset } from './group/group-offsets.ts'
import { MemberOffsets } from './group/member-offsets.ts'
import { memberOf } from './group/member-of.ts'
import type { PartitionStream } from './partition-stream.ts'
import { PartitionStreams } from './partition-streams.ts'
import { RecordFlow } from './record-flow.ts'
import { runRecords } from './run-records.ts'
import { Subscription } from './subscription.ts'
import { TakenRecords } from './taken-records.ts'

/** Part of the rebalance timeout in which a record that is being processed may come to its end. */
const PATIENCE = 0.5
/** For a commit, and for leaving, at the least: also where handlers took too long. */
const LAST_WORDS_MS = 1000

/** What a consumer needs of its client. */
export interface ConsumerParts<K, V> {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
  readonly groupId: string
  readonly topics: readonly (Topic<K, V> | TopicPattern<K, V>)[]
  readonly producer: () => DeadLetterProducer
  readonly closed: (consumer: Consumer<K, V>) => void
}

/** Reads records as a member of a group: each is for one of its members. */
export class Consumer<K, V>
  implements AsyncIterableIterator<ConsumerRecord<K, V>>, AsyncDisposable
{
  readonly #parts: ConsumerParts<K, V>
  readonly #settings: ConsumerSettings
  readonly #signal: AbortSignal | undefined
  readonly #flow: RecordFlow
  readonly #lanes: ReturnType<Cluster['ownLanes']>
  readonly #offsets: MemberOffsets
  readonly #member: GroupMember
  readonly #unwatch: () => void
  readonly #subscription: Subscription<K, V>
  readonly #assigned: AssignedPartitions<K, V>
  readonly #streams: PartitionStreams<K, V>
  readonly #taken: TakenRecords<K, V>
  /** Who asks while another one waits comes after that one. */
  readonly #turns = new Turns()
  /** What `run` has under way. */
  #handling: Promise<void> | undefined
  #failure: KafkaError | undefined
  readonly #stopCommits: () => void
  #committing: Promise<void> = Promise.resolve()
  readonly #closing: Closing
  #isClosed = false
  readonly #aborted = (): void => void this.close()

  /** @throws {ConfigError} */
  constructor(parts: ConsumerParts<K, V>, given: ConsumerOptions) {
    this.#parts = parts
    this.#settings = consumerSettings(parts.groupId, given)
    this.#signal = given.signal
    const { cluster, random, groupId, options } = parts
    const { clock, rack = '' } = options
    this.#closing = new Closing(clock, this.#patienceMs)
    const { from: reset, readCommitted: readsCommitted, bufferBytes } = this.#settings
    this.#subscription = new Subscription(parts.topics)
    this.#lanes = cluster.ownLanes()
    this.#flow = new RecordFlow({
      ...{ cluster, clock, random, terms: { rack, readsCommitted }, reset },
      bufferBytes,
      ready: (reader) => this.#assigned.ofReader(reader)?.wake(),
      resetTo: (reader, offset) => this.#assigned.wasReset(reader, offset),
      lane: this.#lanes.fetch,
      decoding: { ...parts, logger: options.logger, policy: given.onDecodeError },
    })
    this.#assigned = new AssignedPartitions({
      ...{ flow: this.#flow, isAuto: this.#isAuto },
      ...{ groupId, member: () => this.#member.identity },
      contractOf: (name) => this.#subscription.contractOf(name),
    })
    const shared = { flow: this.#flow, assigned: this.#assigned, isAuto: this.#isAuto }
    this.#streams = new PartitionStreams(shared)
    this.#taken = new TakenRecords(shared)
    this.#offsets = new MemberOffsets({
      ...{ cluster, groupId, clock, random, member: () => this.#member },
      asksAsMember: this.#settings.protocol === 'consumer',
    })
    this.#unwatch = this.#subscription.watch(cluster.metadata)
    this.#member = memberOf(this.#settings, {
      ...{ cluster, clock, random, groupId, rack: options.rack, lane: this.#lanes.group },
      subscription: this.#subscription,
      events: {
        assigned: (partitions) => void this.#take(partitions),
        revoked: async (partitions) => this.#giveUp(partitions),
        lost: (partitions) => this.#lose(partitions),
        failed: (error) => this.#fail(error),
      },
    })
    // what could not be committed is the next time
    this.#stopCommits = every(clock, this.#settings.commitIntervalMs, () => this.commit())
    given.signal?.addEventListener('abort', this.#aborted, { once: true })
    if (given.signal?.aborted === true) this.#aborted()
  }

  /** What this member has. */
  get assignment(): readonly TopicPartition[] {
    return this.#assigned.places
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /**
   * The record before is processed, unless `ack` is `manual`.
   * @throws {KafkaError} when a partition cannot be read, or the group cannot be joined
   */
  next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    try {
      if (!this.#turns.isBusy) {
        this.#taken.settleLast(true)
        const record = this.#taken.next()
        if (record !== undefined) return Promise.resolve({ done: false, value: record })
      }
    } catch (error) {
      return rejected(error)
    }
    return this.#turns.run(() => this.#next())
  }

  /** As leaving a loop does: the record that it had is not processed, unless it said so. */
  async return(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    this.#taken.settleLast(false)
    await this.close()
    return { done: true, value: undefined }
  }

  /** Batches as they were sent, of one partition each. Asking for the next acknowledges one. */
  async *batches(): AsyncGenerator<ConsumerBatch<K, V>, void, undefined> {
    this.#taken.settleLast(true)
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        const of = await this.#nextBatch()
        if (of === undefined) return
        const batch = this.#taken.rest()
        if (batch === undefined) continue
        yield batch
        if (this.#isAuto) batch.ack()
      }
    } finally {
      await this.close()
    }
  }

  /**
   * A loop for each partition of this member, as they come: they do not wait for one another. None
   * of the other ways to read is to be used beside it.
   * @throws {KafkaError} when the group cannot be joined
   */
  partitions(): AsyncGenerator<PartitionStream<K, V>, void, undefined> {
    this.#taken.settleLast(true)
    const owner = { isOpen: () => this.#isOpen(), close: () => this.close() }
    return this.#streams.all(owner, this.#taken.handOver())
  }

  /**
   * Hands each record to `handler`, until the consumer is closed. What it ended with is
   * acknowledged, unless `ack` is `manual`.
   * @throws what `handler` throws, when all that was under way has an end
   */
  async run(
    handler: (record: ConsumerRecord<K, V>) => unknown,
    options: RunOptions = {},
  ): Promise<void> {
    this.#taken.settleLast(true)
    const parts = { ...this.#parts, isAuto: this.#isAuto }
    const source = {
      ...{ flow: this.#flow, assigned: this.#assigned, taken: this.#taken.handOver() },
      isOpen: () => this.#isOpen(),
    }
    this.#handling = runRecords(source, handler, options, parts)
    try {
      await this.#handling
    } finally {
      this.#handling = undefined
      await this.close()
    }
  }

  /**
   * The next batch, when there is one, or what is left of one whose records were given by `next`:
   * the last of those is processed. Only `ack` acknowledges the batch.
   * @param signal ends the wait
   * @returns undefined after `signal`, and when the consumer is closed
   * @throws {KafkaError}
   */
  async nextBatch(signal?: AbortSignal): Promise<ConsumerBatch<K, V> | undefined> {
    this.#taken.settleLast(true)
    const late = (): void => this.#flow.wake()
    signal?.addEventListener('abort', late)
    try {
      while (signal?.aborted !== true) {
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        if ((await this.#nextBatch(signal)) === undefined) return undefined
        const batch = this.#taken.rest()
        if (batch !== undefined) return batch
      }
      return undefined
    } finally {
      signal?.removeEventListener('abort', late)
    }
  }

  /** As `nextBatch`, without a wait: undefined when there is none now. */
  takeBatch(): ConsumerBatch<K, V> | undefined {
    this.#taken.settleLast(true)
    while (!this.#isClosed && this.#taken.take() !== undefined) {
      const batch = this.#taken.rest()
      // nothing is left of a batch all of whose records were given
      if (batch !== undefined) return batch
    }
    return undefined
  }

  /** What was given and is not acknowledged is given again. */
  rewind(): void {
    for (const of of this.#assigned.rewind()) this.#taken.forget(of)
  }

  /** As `rewind`, from where the group is by now. @throws {KafkaError} */
  async rewindToCommitted(): Promise<void> {
    this.#assigned.processedTo(await this.#committedOf([...this.#assigned.all]))
    this.rewind()
  }

  /** Commits what is processed. @throws {KafkaError} */
  async commit({ signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    const committing = this.#committing.then(async () => this.#commitNow())
    this.#committing = committing.catch(() => {})
    await unlessAborted(committing, signal)
  }

  /** Commits, leaves the group, and ends. A handler of `run` calls it without waiting for it. */
  close(options: ConsumerCloseOptions = {}): Promise<void> {
    const { forGood = false } = options
    return this.#closing.begin(options, async (deadline) => this.#close(forGood, deadline))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #isAuto(): boolean {
    return this.#settings.ack === 'auto'
  }

  async #close(isForGood: boolean, deadline: Deadline): Promise<void> {
    this.#isClosed = true
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#stopCommits()
    this.#unwatch()
    for (const of of this.#assigned.all) of.end()
    this.#flow.close()
    this.#streams.wake()
    if (this.#handling !== undefined) await deadline.wait(this.#handling)
    await deadline.wait(this.commit(), LAST_WORDS_MS)
    await deadline.wait(this.#member.leave(isForGood), LAST_WORDS_MS)
    const { cluster } = this.#parts
    for (const lane of [this.#lanes.fetch, this.#lanes.group]) cluster.closeLane(lane)
    this.#parts.closed(this)
  }

  async #next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    this.#taken.settleLast(true)
    const record = await this.#nextRecord()
    return record === undefined ? { done: true, value: undefined } : { done: false, value: record }
  }

  /** @returns undefined when the consumer is closed */
  async #nextRecord(): Promise<ConsumerRecord<K, V> | undefined> {
    for (;;) {
      const record = this.#taken.next()
      if (record !== undefined) return record
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      if ((await this.#nextBatch()) === undefined) return undefined
    }
  }

  /** @returns undefined when the consumer is closed, or it is late. @throws {KafkaError} */
  async #nextBatch(late?: AbortSignal): Promise<AssignedPartition<K, V> | undefined> {
    for (;;) {
      if (!this.#isOpen()) return undefined
      const of = this.#taken.take()
      if (of !== undefined) return of
      // oxlint-disable-next-line no-await-in-loop -- this is the wait
      await this.#flow.changed()
      if (late?.aborted === true) return undefined
    }
  }

  /** @throws {KafkaError} why it failed, or what its signal was aborted with */
  #isOpen(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isClosed) this.#signal?.throwIfAborted()
    return !this.#isClosed
  }

  /** Goes on where the group was. */
  async #take(partitions: readonly TopicPartition[]): Promise<void> {
    const own = this.#assigned.add(partitions)
    this.#streams.wake()
    try {
      const committed = await this.#committedOf(own)
      const offsets = new Map(committed.map((one) => [partitionKey(one), one.offset]))
      for (const of of own) this.#begin(of, offsets.get(partitionKey(of.place)))
    } catch (error) {
      if (error instanceof KafkaError) this.#fail(error)
    }
  }

  /** Of those that are not gone meanwhile. @throws {KafkaError} */
  #committedOf(own: readonly AssignedPartition<K, V>[]): Promise<readonly GroupOffset[]> {
    return this.#offsets.fetch(() =>
      own.flatMap(({ isEnded, place }) => (isEnded || this.#isClosed ? [] : [place])),
    )
  }

  #begin(of: AssignedPartition<K, V>, offset: number | undefined): void {
    if (of.isEnded || this.#isClosed) return
    if (offset !== undefined) of.progress.committed(offset)
    this.#assigned.read(of, offset === undefined ? this.#settings.from : { offset })
  }

  /** Others get them when this ends: what is processed is committed before. */
  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    const own = this.#assigned.end(partitions)
    const idle = Promise.all(own.map(async (of) => of.progress.idle()))
    // but not for ever: others wait for this member
    await within(this.#parts.options.clock, this.#patienceMs, idle)
    await this.commit().catch(() => {})
    for (const of of own) this.#assigned.forget(of)
  }

  get #patienceMs(): number {
    return this.#settings.rebalanceTimeoutMs * PATIENCE
  }

  #lose(partitions: readonly TopicPartition[]): void {
    for (const of of this.#assigned.end(partitions)) this.#assigned.forget(of)
  }

  #fail(error: KafkaError): void {
    this.#failure ??= error
    for (const of of this.#assigned.all) of.end()
    this.#flow.close()
    this.#streams.wake()
  }

  async #commitNow(): Promise<void> {
    const committed = await this.#offsets.commit(() => this.#assigned.dirty)
    for (const { progress, offset } of committed) progress.committed(offset)
  }
}
