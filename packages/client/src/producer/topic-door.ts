import type { Clock, Timer } from '@pafka/base'

import { notBuffered } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { unlessAborted } from '../time/sleep.ts'
import type { WritableTopic } from '../topic.ts'
import type { RecordMetadata } from './record-promises.ts'
import type { ProducerRecord } from './producer-record.ts'
import type { TopicQueues } from './topic-queues.ts'

/** A record with a promise of its own. */
export interface WaitingRecord {
  readonly to: WritableTopic<unknown, unknown>
  readonly record: ProducerRecord<unknown, unknown>
  readonly resolve: (metadata: RecordMetadata | Promise<never>) => void
  /** By the clock's `monotonicMs`. */
  readonly sinceMs: number
}

export interface TopicDoorOptions {
  readonly clock: Clock
  /** Aborted when nobody is let in any more. */
  readonly signal: AbortSignal
  /** A record that waits for longer is given up. */
  readonly deliveryTimeoutMs: number
  /** True when the record is in, false when the door is shut again; it may throw. */
  readonly enter: (record: WaitingRecord) => boolean
  /** Why the topic is not known; undefined where there is no reason. */
  readonly whyNot: () => unknown
  /** Told why records that waited were not let in, before who sent them is. */
  readonly refused: (error: KafkaError) => void
}

/** What serdes were asked to be ready for, and what came of it. */
interface Prepared {
  readonly key: unknown
  readonly value: unknown
  failure?: { readonly cause: unknown }
}

/** The way of records into a topic: in their order, also where they have to wait before it. */
export class TopicDoor {
  readonly name: string
  /** Undefined until the topic is known. */
  queues: TopicQueues | undefined
  readonly #options: TopicDoorOptions
  #opening: Promise<void> | undefined
  #waiting: WaitingRecord[] = []
  /** Where somebody waits. */
  #timer: Timer | undefined
  /** Of the record that was prepared last, and is not in yet. */
  #prepared: Prepared | undefined
  /** How many waited, and do not any more. */
  #passed = 0

  constructor(name: string, options: TopicDoorOptions) {
    this.name = name
    this.#options = options
  }

  /** What to wait for; undefined while it is open. */
  get opening(): Promise<void> | undefined {
    return this.#opening
  }

  /** Until `until` ends, and all who waited for it are in. */
  shut(until: Promise<unknown>): Promise<void> {
    const opening = this.#pass(until)
    // those who wait are told by their own promises
    opening.catch(() => {})
    this.#opening = opening
    return opening
  }

  /**
   * Shuts it until the serdes of a record are ready, which are asked once for each record. What
   * they could not do is of no concern to others: `isPrepared` tells that record.
   */
  prepares(key: unknown, value: unknown, preparing: Promise<unknown>): Promise<void> {
    const prepared: Prepared = { key, value }
    this.#prepared = prepared
    return this.shut(
      preparing.catch((cause: unknown) => {
        prepared.failure = { cause }
      }),
    )
  }

  /** Whether it is the record that the door was shut for; said once. @throws why it cannot be */
  isPrepared(key: unknown, value: unknown): boolean {
    const prepared = this.#prepared
    if (prepared === undefined) return false
    this.#prepared = undefined
    if (!Object.is(prepared.key, key) || !Object.is(prepared.value, value)) return false
    if (prepared.failure !== undefined) throw prepared.failure.cause
    return true
  }

  wait(record: WaitingRecord): void {
    this.#waiting.push(record)
    this.#timeOutLater()
  }

  /** Whoever waits is not let in. */
  turnAway(cause: unknown): void {
    this.#turnAway(this.#waiting.length, cause)
  }

  /** Ends when none waits of those that wait now. */
  async passed(): Promise<void> {
    const last = this.#passed + this.#waiting.length
    while (this.#passed < last && this.#opening !== undefined) {
      // oxlint-disable-next-line no-await-in-loop -- behind each wait there may be another one
      await this.#opening.catch(() => {})
    }
  }

  async #pass(until: Promise<unknown>): Promise<void> {
    try {
      await unlessAborted(until, this.#options.signal)
    } catch (cause) {
      this.#opening = undefined
      throw this.#turnAway(this.#waiting.length, cause)
    }
    this.#opening = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const [at, one] of waiting.entries()) {
      try {
        if (!this.#options.enter(one)) {
          this.#waiting = waiting.slice(at)
          return
        }
      } catch (cause) {
        this.#refuse([one], notBuffered(this.name, cause))
      }
      this.#passed += 1
    }
    this.#timeOutNobody()
  }

  /** @returns what they are told, and whoever else waits */
  #turnAway(count: number, cause: unknown): KafkaError {
    const error = notBuffered(this.name, cause)
    const refused = this.#waiting.splice(0, count)
    this.#passed += refused.length
    if (refused.length > 0) this.#refuse(refused, error)
    this.#timeOutNobody()
    return error
  }

  #refuse(records: readonly WaitingRecord[], error: KafkaError): void {
    this.#options.refused(error)
    for (const { resolve } of records) resolve(Promise.reject(error))
  }

  /** Where nobody waits any more no timer keeps all this in memory. */
  #timeOutNobody(): void {
    if (this.#waiting.length > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #timeOutLater(): void {
    const [first] = this.#waiting
    if (first === undefined || this.#timer !== undefined) return
    const { clock, deliveryTimeoutMs } = this.#options
    const leftMs = first.sinceMs + deliveryTimeoutMs - clock.monotonicMs()
    this.#timer = clock.setTimer(Math.max(0, leftMs), () => {
      this.#timer = undefined
      this.#timeOut()
      this.#timeOutLater()
    })
  }

  #timeOut(): void {
    const { clock, deliveryTimeoutMs, whyNot } = this.#options
    const beforeMs = clock.monotonicMs() - deliveryTimeoutMs
    const inTime = this.#waiting.findIndex(({ sinceMs }) => sinceMs > beforeMs)
    const count = inTime < 0 ? this.#waiting.length : inTime
    if (count === 0) return
    const text = `Records for ${this.name} could not be buffered within ${deliveryTimeoutMs} ms.`
    const context = { topic: this.name }
    // there is no room where others wait for a broker, too
    const cause = whyNot() ?? this.queues?.lastError
    const error = new KafkaError('DELIVERY_TIMED_OUT', text, { kind: 'retriable', context, cause })
    this.#turnAway(count, error)
  }
}
