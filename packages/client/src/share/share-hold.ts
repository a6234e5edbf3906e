import type { Clock } from '@pafka/base'

import { MOST_DAMAGED } from '../consumer/partition-reader.ts'
import { asError } from '../errors/as-error.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import {
  AcknowledgeType,
  type Acknowledgement,
  type OffsetRange,
  sayingOfNobody,
} from './acknowledgements.ts'
import type { AcquiredRecords } from './acquired-records.ts'
import { type JobKeeper, ShareJob } from './share-job.ts'
import type { SharedPlace } from './share-session-state.ts'

/** How often records that nobody took are renewed: for as long, a program may be at one of them. */
const MOST_RENEWALS = 10

export interface ShareHoldOptions<K, V> {
  readonly clock: Clock
  readonly place: SharedPlace
  readonly records: AcquiredRecords<K, V>
  readonly lockedUntilMs: number
  readonly say: (acknowledgement: Acknowledgement) => void
  /** Something that was said of a job has no effect, or may have none. */
  refused(this: void, job: ShareJob<K, V>, error: KafkaError): void
}

/** What one fetch gave of one partition: those that are yet to be given on, and those that were. */
export class ShareHold<K, V> implements JobKeeper<K, V> {
  readonly clock: Clock
  readonly place: SharedPlace
  readonly sizeBytes: number
  readonly #options: ShareHoldOptions<K, V>
  readonly #records: AcquiredRecords<K, V>
  readonly #jobs = new Set<ShareJob<K, V>>()
  #lockedUntilMs: number
  #lost: KafkaError | undefined
  #isDropped = false
  #renewals = 0

  constructor(options: ShareHoldOptions<K, V>) {
    const { clock, place, records, lockedUntilMs } = options
    this.#options = options
    this.clock = clock
    this.place = place
    this.#records = records
    this.sizeBytes = records.sizeBytes
    this.#lockedUntilMs = lockedUntilMs
  }

  get lost(): KafkaError | undefined {
    return this.#lost
  }

  /** There is nothing more to be given on. */
  get isEmpty(): boolean {
    return this.#isDropped || this.#records.isDone
  }

  /** As its records are prepared; undefined when they can be given on now. */
  prepare(): Promise<unknown> | undefined {
    return this.#records.prepare()
  }

  /** Records that were not given on. */
  get waiting(): number {
    if (this.isEmpty) return 0
    return this.#records.rest.reduce((sum, one) => sum + one.lastOffset - one.firstOffset + 1, 0)
  }

  /** Jobs of which nothing was said yet. */
  get unsettled(): number {
    let count = 0
    for (const job of this.#jobs) if (!job.isSettled) count += 1
    return count
  }

  /** Neither something to be given on, nor something to be heard of. */
  get isOver(): boolean {
    return this.isEmpty && this.#jobs.size === 0
  }

  /**
   * @returns undefined when there is none
   * @throws {KafkaError} CORRUPT_MESSAGE where they are damaged again and again
   */
  next(): ShareJob<K, V> | undefined {
    if (this.isEmpty) return undefined
    if (this.clock.monotonicMs() >= this.#lockedUntilMs) {
      this.#isDropped = true
      return undefined
    }
    const acquired = this.#read()
    this.#sayAll(this.#records.takeGaps(), AcknowledgeType.GAP)
    if (acquired === undefined) {
      this.#sayAll(this.#records.rest, AcknowledgeType.RELEASE)
      return undefined
    }
    const job = new ShareJob(acquired, this, this.#lockedUntilMs)
    this.#jobs.add(job)
    return job
  }

  say(acknowledgement: Acknowledgement): void {
    this.#options.say(acknowledgement)
  }

  ended(job: ShareJob<K, V>, error: KafkaError | undefined): void {
    this.#jobs.delete(job)
    if (error !== undefined) this.#options.refused(job, error)
  }

  /** What waits takes long to be given on: the broker is asked for more time, but not for ever. */
  renew(): void {
    const [first] = this.isEmpty ? [] : this.#records.rest
    if (first === undefined || this.#renewals >= MOST_RENEWALS) return
    this.#renewals += 1
    for (const range of this.#records.rest) {
      this.#options.say({
        ...sayingOfNobody(range, AcknowledgeType.RENEW),
        done: (error, lockedUntilMs) => {
          if (error === undefined) this.#lockedUntilMs = lockedUntilMs
        },
      })
    }
  }

  /** Others get what was not given on. */
  giveBack(): void {
    if (this.isEmpty) return
    this.#isDropped = true
    this.#sayAll(this.#records.rest, AcknowledgeType.RELEASE)
  }

  /** Others get all of which nothing was said: what the program says of it later is refused. */
  close(error: KafkaError): void {
    if (this.#lost !== undefined) return
    for (const { isSettled, offset } of this.#jobs) {
      const range = { firstOffset: offset, lastOffset: offset }
      if (!isSettled) this.#sayAll([range], AcknowledgeType.RELEASE)
    }
    this.lose(error)
  }

  /** The broker does not know any more that this is ours. */
  lose(error: KafkaError): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    this.#isDropped = true
    for (const job of this.#jobs) {
      job.lose(error)
      if (!job.isSettled) this.#jobs.delete(job)
    }
  }

  #read(): ReturnType<AcquiredRecords<K, V>['next']> {
    try {
      return this.#records.next()
    } catch (cause) {
      this.#isDropped = true
      const [first] = this.#records.rest
      // it may have been damaged on its way only: it is given back, and comes again
      if (first !== undefined && first.deliveryCount < MOST_DAMAGED) return undefined
      const why = asError(cause).message
      const at = first?.firstOffset ?? -1
      const { topic, partition } = this.#records
      const text = `${topic}/${partition} cannot be read at offset ${at}: ${why}`
      const context = { topic, partition }
      throw new KafkaError('CORRUPT_MESSAGE', text, { kind: 'fatal', context, cause })
    }
  }

  /** Of no job: whether it has an effect is of concern to nobody. */
  #sayAll(ranges: readonly OffsetRange[], type: AcknowledgeType): void {
    for (const range of ranges) this.#options.say(sayingOfNobody(range, type))
  }
}
