import type { Clock, Timer } from '@pafka/base'

import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { AcknowledgeType, type Acknowledgement } from './acknowledgements.ts'
import type { AcquiredRecord } from './acquired-records.ts'

/** By whom a job was given, and who hears what becomes of it. */
export interface JobKeeper<K, V> {
  readonly clock: Clock
  /** Why the job is not this consumer's any more; undefined while it is, as far as known. */
  readonly lost: KafkaError | undefined
  say(acknowledgement: Acknowledgement): void
  /** All was said of it. @param error why it has no effect, or may have none */
  ended(job: ShareJob<K, V>, error: KafkaError | undefined): void
}

/**
 * A record of a share group: this consumer's for a time, and then anybody's again, unless it was
 * accepted or rejected. What is said first counts.
 */
export class ShareJob<K, V> {
  /** How often it was given to anybody, this time too. A group gives it up after some times. */
  readonly deliveryCount: number
  readonly #record: ConsumerRecord<K, V>
  readonly #keeper: JobKeeper<K, V>
  #lockedUntilMs: number
  #isSaid = false
  #renewal: { readonly saying: Acknowledgement; readonly done: Promise<void> } | undefined
  #ending: AbortController | undefined
  #timer: Timer | undefined

  constructor(
    { record, deliveryCount }: AcquiredRecord<K, V>,
    keeper: JobKeeper<K, V>,
    lockedUntilMs: number,
  ) {
    this.deliveryCount = deliveryCount
    this.#record = record
    this.#keeper = keeper
    this.#lockedUntilMs = lockedUntilMs
  }

  get topic(): string {
    return this.#record.topic
  }

  get partition(): number {
    return this.#record.partition
  }

  get offset(): number {
    return this.#record.offset
  }

  /** Milliseconds since the epoch, or -1. */
  get timestamp(): number {
    return this.#record.timestamp
  }

  /** Null for a record without one. @throws {KafkaError} DECODING_FAILED */
  get key(): K | null {
    return this.#record.key
  }

  /** Null for a tombstone. @throws {KafkaError} DECODING_FAILED */
  get value(): V | null {
    return this.#record.value
  }

  /** As it was sent; a view. */
  get keyBytes(): Uint8Array | null {
    return this.#record.keyBytes
  }

  /** As it was sent; a view. */
  get valueBytes(): Uint8Array | null {
    return this.#record.valueBytes
  }

  /** In their order, a name as often as it was sent. @throws {KafkaError} DECODING_FAILED */
  get headers(): readonly (readonly [string, Uint8Array | null])[] {
    return this.#record.headers
  }

  /** The last of this name, as text; undefined when there is none, or it is null. */
  header(name: string): string | undefined {
    return this.#record.header(name)
  }

  /** Milliseconds for which it is still this consumer's; 0 or less when it may be another's. */
  get lockedForMs(): number {
    return this.#lockedUntilMs - this.#keeper.clock.monotonicMs()
  }

  /** Something was said of it: accepted, released or rejected. */
  get isSettled(): boolean {
    return this.#isSaid
  }

  /**
   * Aborted when it is not this consumer's any more, so that others may be at it: its time is up,
   * or the broker forgot whose it is.
   */
  get signal(): AbortSignal {
    if (this.#ending === undefined) {
      this.#ending = new AbortController()
      const { lost } = this.#keeper
      if (lost !== undefined) this.#ending.abort(lost)
      else this.#watchLock()
    }
    return this.#ending.signal
  }

  /** It is done. */
  accept(): void {
    this.#say(AcknowledgeType.ACCEPT)
  }

  /** It is to be given to anybody again. */
  release(): void {
    this.#say(AcknowledgeType.RELEASE)
  }

  /** Nobody can do it: it is given to nobody any more. */
  reject(): void {
    this.#say(AcknowledgeType.REJECT)
  }

  /**
   * It takes longer: it is this consumer's for the whole time once more (KIP-1222, Kafka 4.2).
   * @throws {KafkaError} when it is not
   */
  renew(): Promise<void> {
    const isLate = this.lockedForMs <= 0
    const late = isLate ? lockExpired(this) : undefined
    const why = this.#keeper.lost ?? (this.#isSaid ? alreadySettled(this) : late)
    if (why !== undefined) return heard(Promise.reject(why))
    this.#renewal ??= this.#renew()
    return this.#renewal.done
  }

  /** Its keeper has lost it. */
  lose(error: KafkaError): void {
    this.#timer?.cancel()
    this.#ending?.abort(error)
  }

  #renew(): { readonly saying: Acknowledgement; readonly done: Promise<void> } {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const saying: Acknowledgement = {
      ...this.#saying(AcknowledgeType.RENEW),
      done: (error, lockedUntilMs) => {
        this.#renewal = undefined
        // something else was said before this was sent
        const isOther = saying.type !== AcknowledgeType.RENEW
        if (isOther) this.#ended(error)
        else if (error === undefined) this.#lockedUntil(lockedUntilMs)
        if (error === undefined) resolve()
        else reject(error)
      },
    }
    this.#keeper.say(saying)
    return { saying, done: heard(promise) }
  }

  #say(type: AcknowledgeType): void {
    if (this.#isSaid) return
    this.#isSaid = true
    // the same member may have it again since, at which this would be said
    const lost = this.#keeper.lost ?? (this.lockedForMs <= 0 ? lockExpired(this) : undefined)
    if (lost !== undefined) {
      this.#ended(lost)
      return
    }
    const renewal = this.#renewal?.saying
    if (renewal?.isSent === false) {
      renewal.type = type
      return
    }
    this.#keeper.say({ ...this.#saying(type), done: (error) => this.#ended(error) })
  }

  #saying(type: AcknowledgeType): Omit<Acknowledgement, 'done'> {
    const { offset } = this
    const saidBeforeMs = (): number => this.#lockedUntilMs
    return { firstOffset: offset, lastOffset: offset, type, isSent: false, saidBeforeMs }
  }

  #ended(error: KafkaError | undefined): void {
    this.#timer?.cancel()
    this.#keeper.ended(this, error)
  }

  #lockedUntil(lockedUntilMs: number): void {
    this.#lockedUntilMs = lockedUntilMs
    if (this.#ending?.signal.aborted === false) this.#watchLock()
  }

  #watchLock(): void {
    this.#timer?.cancel()
    this.#timer = this.#keeper.clock.setTimer(Math.max(0, this.lockedForMs), () => {
      this.#ending?.abort(lockExpired(this))
    })
  }
}

/** Whoever does not look at it is told by what the job becomes. */
function heard(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}

type Place = Pick<ShareJob<unknown, unknown>, 'topic' | 'partition' | 'offset'>

function lockExpired({ topic, partition, offset }: Place): KafkaError {
  const text = `The time for the record at ${offset} of ${topic}/${partition} is up.`
  return new KafkaError('LOCK_EXPIRED', text, { kind: 'usage', context: { topic, partition } })
}

function alreadySettled({ topic, partition, offset }: Place): KafkaError {
  const text = `The record at ${offset} of ${topic}/${partition} was settled before.`
  return new KafkaError('ALREADY_SETTLED', text, { kind: 'usage', context: { topic, partition } })
}
