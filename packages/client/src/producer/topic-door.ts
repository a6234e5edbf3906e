import { asError } from '../errors/as-error.ts'
import type { WritableTopic } from '../topic.ts'
import type { RecordMetadata } from './record-promises.ts'
import type { ProducerRecord } from './producer-record.ts'
import type { TopicQueues } from './topic-queues.ts'

/** A record with a promise of its own. */
export interface WaitingRecord {
  readonly to: WritableTopic<unknown, unknown>
  readonly record: ProducerRecord<unknown, unknown>
  readonly resolve: (metadata: RecordMetadata | Promise<never>) => void
}

/** The way of records into a topic: in their order, also where they have to wait before it. */
export class TopicDoor {
  /** Undefined until the topic is known. */
  queues: TopicQueues | undefined
  readonly #enter: (record: WaitingRecord) => boolean
  readonly #refused: (error: Error) => void
  #opening: Promise<void> | undefined
  #waiting: WaitingRecord[] = []
  /** Of the record that was prepared last, and is not in yet. */
  #prepared: { readonly key: unknown; readonly value: unknown } | undefined
  /** How many waited, and do not any more. */
  #passed = 0

  /**
   * @param enter true when the record is in, false when the door is shut again; it may throw
   * @param refused told why records that waited were not let in, before who sent them is
   */
  constructor(enter: (record: WaitingRecord) => boolean, refused: (error: Error) => void) {
    this.#enter = enter
    this.#refused = refused
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

  /** Shuts it until the serdes of a record are ready, which are asked once for each record. */
  prepares(key: unknown, value: unknown, preparing: Promise<unknown>): Promise<void> {
    this.#prepared = { key, value }
    return this.shut(preparing)
  }

  /** Whether it is the record that the door was shut for; said once. */
  isPrepared(key: unknown, value: unknown): boolean {
    if (this.#prepared === undefined) return false
    const isIt = Object.is(this.#prepared.key, key) && Object.is(this.#prepared.value, value)
    this.#prepared = undefined
    return isIt
  }

  wait(record: WaitingRecord): void {
    this.#waiting.push(record)
  }

  /** Whoever waits is not let in. */
  turnAway(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#passed += waiting.length
    if (waiting.length > 0) this.#refused(error)
    for (const { resolve } of waiting) resolve(Promise.reject(error))
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
      await until
    } catch (error) {
      this.#opening = undefined
      this.turnAway(asError(error))
      throw error
    }
    this.#opening = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const [at, one] of waiting.entries()) {
      try {
        if (!this.#enter(one)) {
          this.#waiting = waiting.slice(at)
          return
        }
      } catch (cause) {
        const error = asError(cause)
        this.#refused(error)
        one.resolve(Promise.reject(error))
      }
      this.#passed += 1
    }
  }
}
