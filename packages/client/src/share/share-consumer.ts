import type { Random } from '@pafka/base'

import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { OwnLane } from '../connection/broker-link.ts'
import type { GroupMember } from '../consumer/group/group-member.ts'
import { clientClosed } from '../errors/client-errors.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { Checks } from '../options/checks.ts'
import type { CloseOptions } from '../options/close-options.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { Closing } from '../time/closing.ts'
import type { Deadline } from '../time/deadline.ts'
import { Turns } from '../time/turns.ts'
import type { Topic } from '../topic.ts'
import { runJobs } from './run-jobs.ts'
import { ShareBatch } from './share-batch.ts'
import { ShareFlow } from './share-flow.ts'
import type { ShareHold } from './share-hold.ts'
import type { ShareJob } from './share-job.ts'
import { shareMember } from './share-member.ts'
import type { ShareConsumerOptions, ShareRunOptions } from './share-options.ts'

const DEFAULT_MAX_RECORDS = 500
/** For handlers that are under way, and then for what is to be said, when it is closed. */
const CLOSE_TIMEOUT_MS = 30_000
/** For what is to be said, and for leaving, at the least: also when handlers took too long. */
const LAST_WORDS_MS = 1000

/** What a share consumer needs of its client. */
export interface ShareConsumerParts<K, V> {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
  readonly groupId: string
  readonly topics: readonly Topic<K, V>[]
  closed(consumer: ShareConsumer<K, V>): void
}

/**
 * Takes jobs as a member of a share group (KIP-932): each record is given to one member for a time,
 * however many members and partitions there are, until one of them settles it.
 */
export class ShareConsumer<K, V> implements AsyncIterableIterator<ShareJob<K, V>>, AsyncDisposable {
  readonly #parts: ShareConsumerParts<K, V>
  readonly #given: ShareConsumerOptions<K, V>
  readonly #flow: ShareFlow<K, V>
  readonly #member: GroupMember
  readonly #lane: OwnLane
  readonly #unwatch: readonly (() => void)[]
  /** From which jobs are given now. */
  #current: ShareHold<K, V> | undefined
  /** What a loop has, and has not asked for the next of. */
  #last: ShareJob<K, V> | undefined
  /** Who asks while another one waits comes after that one. */
  readonly #turns = new Turns()
  /** What `run` has under way. */
  #handling: Promise<void> | undefined
  #failure: KafkaError | undefined
  /** The first since the last commit. */
  #refusal: KafkaError | undefined
  readonly #closing: Closing
  #isClosed = false
  readonly #aborted = (): void => void this.close()

  /** @throws {ConfigError} */
  constructor(parts: ShareConsumerParts<K, V>, given: ShareConsumerOptions<K, V>) {
    this.#parts = parts
    this.#given = given
    check(parts, given)
    const { cluster, random, groupId, options } = parts
    this.#closing = new Closing(options.clock, CLOSE_TIMEOUT_MS)
    const { clock, rack } = options
    const { maxRecords } = given
    const topics = new Map(parts.topics.map((topic) => [topic.name, topic]))
    this.#lane = cluster.ownLanes().fetch
    this.#flow = new ShareFlow<K, V>({
      ...{ cluster, clock, random, lane: this.#lane },
      terms: {
        ...{ groupId, maxRecords: maxRecords ?? DEFAULT_MAX_RECORDS },
        isStrict: maxRecords !== undefined,
      },
      memberId: () => this.#member.identity.memberId,
      sourceOf: ({ topic: name, partition }) => {
        const topic = topics.get(name)
        return topic && { topic: name, partition, key: topic.key, value: topic.value }
      },
      refused: (job, error) => this.#refused(job, error),
      failed: (error) => this.#fail(error),
    })
    this.#unwatch = parts.topics.map(({ name }) => cluster.metadata.watch(name))
    this.#member = shareMember({
      ...{ cluster, clock, random, groupId, rack, topics: [...topics.keys()] },
      events: {
        assigned: (partitions) => this.#flow.assign(partitions),
        revoked: (partitions) => Promise.resolve(this.#flow.unassign(partitions)),
        lost: (partitions) => this.#flow.unassign(partitions),
        failed: (error) => this.#fail(error),
      },
    })
    given.signal?.addEventListener('abort', this.#aborted, { once: true })
    if (given.signal?.aborted === true) this.#aborted()
  }

  /** From which partitions it is given jobs; others may be, too. */
  get assignment(): readonly TopicPartition[] {
    return this.#flow.assignment
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /**
   * The job before is done, unless something else was said of it, or `ack` is `manual`.
   * @throws {KafkaError} when records cannot be read, or the group cannot be joined
   */
  next(): Promise<IteratorResult<ShareJob<K, V>, undefined>> {
    return this.#turns.run(() => this.#next())
  }

  /** As leaving a loop does: the job that it had is released, unless something was said of it. */
  async return(): Promise<IteratorResult<ShareJob<K, V>, undefined>> {
    this.#settleLast(false)
    await this.close()
    return { done: true, value: undefined }
  }

  /** Jobs of one partition each, as they were given. Asking for the next says that one is done. */
  async *batches(): AsyncGenerator<ShareBatch<K, V>, void, undefined> {
    this.#settleLast(true)
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        const first = await this.#taken()
        if (first === undefined) return
        const jobs = [first]
        for (let job = this.#nextOfHold(); job !== undefined; job = this.#nextOfHold()) {
          jobs.push(job)
        }
        const batch = new ShareBatch(jobs)
        let isDone = false
        try {
          yield batch
          isDone = true
        } finally {
          if (!isDone) batch.release()
        }
        if (this.#isAuto) batch.accept()
      }
    } finally {
      await this.close()
    }
  }

  /**
   * Hands each job to `handler`, until the consumer is closed. What it ended with is done, what it
   * threw at is released, unless something was said of it.
   */
  async run(
    handler: (job: ShareJob<K, V>) => unknown,
    options: ShareRunOptions<K, V> = {},
  ): Promise<void> {
    this.#settleLast(true)
    const handling = runJobs(() => this.#taken(), handler, options, {
      ...this.#parts,
      isAuto: this.#isAuto,
    })
    this.#handling = handling
    try {
      await handling
    } finally {
      this.#handling = undefined
      await this.close()
    }
  }

  /**
   * Ends when brokers have answered to all that was said of jobs.
   * @throws {KafkaError} of the first that was refused since the last time
   */
  async commit(): Promise<void> {
    await this.#flow.settled()
    const refusal = this.#refusal
    this.#refusal = undefined
    if (refusal !== undefined) throw refusal
  }

  /**
   * Waits for handlers, says what is to be said, releases all other jobs, leaves the group, and
   * ends.
   * @param options 30 s by default; a later call may make it less
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.begin(options, async (deadline) => this.#close(deadline))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #isAuto(): boolean {
    return this.#given.ack !== 'manual'
  }

  async #close(deadline: Deadline): Promise<void> {
    this.#given.signal?.removeEventListener('abort', this.#aborted)
    this.#isClosed = true
    for (const unwatch of this.#unwatch) unwatch()
    this.#flow.stop()
    if (this.#handling !== undefined) await deadline.wait(this.#handling)
    const end = { deadline, leastMs: LAST_WORDS_MS }
    await this.#flow.close(clientClosed('share consumer'), end)
    await deadline.wait(this.#member.leave(true), LAST_WORDS_MS)
    const { cluster } = this.#parts
    cluster.closeLane(this.#lane)
    this.#parts.closed(this)
  }

  #settleLast(isDone: boolean): void {
    const last = this.#last
    this.#last = undefined
    if (last === undefined) return
    if (!isDone) last.release()
    else if (this.#isAuto) last.accept()
  }

  async #next(): Promise<IteratorResult<ShareJob<K, V>, undefined>> {
    this.#settleLast(true)
    const job = await this.#taken()
    if (job === undefined) return { done: true, value: undefined }
    this.#last = job
    return { done: false, value: job }
  }

  /** @returns undefined when the consumer is closed */
  async #taken(): Promise<ShareJob<K, V> | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      if (this.#isClosed) {
        this.#given.signal?.throwIfAborted()
        return undefined
      }
      const job = this.#nextOfHold()
      if (job !== undefined) return job
      this.#current = this.#flow.take()
      if (this.#current !== undefined) continue
      this.#flow.taken()
      // oxlint-disable-next-line no-await-in-loop -- this is the wait
      await this.#flow.changed()
    }
  }

  #nextOfHold(): ShareJob<K, V> | undefined {
    if (this.#isClosed) return undefined
    const job = this.#current?.next()
    if (job === undefined) this.#current = undefined
    return job
  }

  #refused(job: ShareJob<K, V>, error: KafkaError): void {
    this.#refusal ??= error
    // what it throws is nobody's to catch here, and must not stop what else is to be done
    queueMicrotask(() => this.#given.onRefused?.(job, error))
  }

  #fail(error: KafkaError): void {
    this.#failure ??= error
    this.#flow.stop()
  }
}

function check<K, V>(
  { groupId, topics }: ShareConsumerParts<K, V>,
  { ack = 'auto', maxRecords = 1 }: ShareConsumerOptions<K, V>,
): void {
  const checks = new Checks()
  checks.name('group', groupId)
  checks.check(topics.length > 0, 'topics: there is at least one')
  for (const { name } of topics) checks.topicName(name)
  checks.oneOf('ack', ack, ['auto', 'manual'])
  checks.number('maxRecords', maxRecords, 1)
  checks.done()
}
