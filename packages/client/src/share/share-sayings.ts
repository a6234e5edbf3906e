import { ErrorCode, isRetriable } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import { noSharedVersion } from '../errors/client-errors.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import {
  type Acknowledgement,
  Acknowledgements,
  AcknowledgeType,
  batchesOf,
  type OffsetRange,
  sayingOfNobody,
} from './acknowledgements.ts'
import { isMoved, saidTooLate } from './share-errors.ts'
import { placeKey, type SharedPlace, type SharedSaying } from './share-session-state.ts'

interface OfPartition {
  readonly place: SharedPlace
  readonly acknowledgements: Acknowledgements
}

/** What one request says of one partition. */
export interface SentSaying {
  readonly place: SharedPlace
  readonly said: readonly Acknowledgement[]
}

/** What a broker answered to it. */
export interface SayingAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  /** By the clock's `monotonicMs`. */
  readonly lockedUntilMs: number
}

/** How often something is said again that a broker could not take down. */
const MOST_ATTEMPTS = 5

/** What is to be said to one broker of the records it gave, and what it said to that. */
export class ShareSayings {
  readonly #partitions = new Map<string, OfPartition>()
  /** Sent, and not answered; by the partition. */
  #sent = new Map<string, SentSaying>()
  /** Of what was refused for a while only. */
  readonly #attempts = new WeakMap<Acknowledgement, number>()

  /** There is nothing to be said. */
  get isEmpty(): boolean {
    return this.#partitions.size === 0
  }

  /** All that was said is answered. */
  get isSettled(): boolean {
    return this.isEmpty && this.#sent.size === 0
  }

  add(place: SharedPlace, acknowledgement: Acknowledgement): void {
    this.#of(place).add(acknowledgement)
  }

  /** Of no job: whether it has an effect is of concern to nobody. */
  release(place: SharedPlace, ranges: readonly OffsetRange[]): void {
    for (const range of ranges) this.add(place, sayingOfNobody(range, AcknowledgeType.RELEASE))
  }

  /** Whether all that is to be said can be said by who fetches these. */
  fits(isWanted: (key: string) => boolean): boolean {
    for (const [key, { acknowledgements }] of this.#partitions) {
      if (!isWanted(key) || acknowledgements.hasRenewals) return false
    }
    return true
  }

  /** @returns what the next request says. @param nowMs by the clock's `monotonicMs` */
  take(nowMs: number): readonly SharedSaying[] {
    this.#sent = new Map()
    for (const [key, { place, acknowledgements }] of this.#partitions) {
      for (const one of acknowledgements.takeLate(nowMs)) one.done(saidTooLate(place), 0)
      const said = acknowledgements.take()
      if (acknowledgements.isEmpty) this.#partitions.delete(key)
      if (said.length > 0) this.#sent.set(key, { place, said })
    }
    return [...this.#sent.values()].map(({ place, said }) => ({
      ...place,
      batches: batchesOf(said),
    }))
  }

  get sendsRenewals(): boolean {
    return [...this.#sent.values()].some(({ said }) => said.some(isRenewal))
  }

  /** The broker is too old for them. */
  refuseRenewals(broker: string): void {
    for (const { acknowledgements } of this.#partitions.values()) {
      for (const one of acknowledgements.dropRenewals()) {
        one.done(noSharedVersion('ShareAcknowledge', 'renewals', { broker }), 0)
      }
    }
    for (const [key, { acknowledgements }] of this.#partitions) {
      if (acknowledgements.isEmpty) this.#partitions.delete(key)
    }
  }

  /** @returns what is wrong; some of it is said again */
  answered(key: string, topic: string, answer: SayingAnswer): KafkaError | undefined {
    const sent = this.#sent.get(key)
    if (sent === undefined) return undefined
    this.#sent.delete(key)
    const { errorCode, errorMessage, lockedUntilMs } = answer
    const { place, said } = sent
    if (errorCode === ErrorCode.NONE) {
      for (const one of said) one.done(undefined, lockedUntilMs)
      return undefined
    }
    const { partition } = place
    const error = brokerError(errorCode, errorMessage, {
      topic,
      partition,
      api: 'ShareAcknowledge',
    })
    const mayBeOne =
      errorCode === ErrorCode.INVALID_RECORD_STATE || errorCode === ErrorCode.INVALID_REQUEST
    if (mayBeOne && said.length > 1) this.#of(place).split(said)
    else if (isPassing(errorCode)) this.#again(place, said, error)
    else for (const one of said) one.done(error, 0)
    return error
  }

  /** Nothing more is answered. */
  unanswered(error: KafkaError): void {
    const sent = this.#sent
    this.#sent = new Map()
    for (const { said } of sent.values()) for (const one of said) one.done(error, 0)
  }

  /** What was given is not ours any more: nothing is to be said of it. */
  drop(error: KafkaError): void {
    this.unanswered(error)
    const partitions = [...this.#partitions.values()]
    this.#partitions.clear()
    for (const { acknowledgements } of partitions) {
      for (const one of acknowledgements.drop()) one.done(error, 0)
    }
  }

  #again(place: SharedPlace, said: readonly Acknowledgement[], error: KafkaError): void {
    const again = said.filter((one) => {
      const attempts = (this.#attempts.get(one) ?? 0) + 1
      this.#attempts.set(one, attempts)
      if (attempts < MOST_ATTEMPTS) return true
      one.done(error, 0)
      return false
    })
    if (again.length > 0) this.#of(place).again(again)
  }

  #of(place: SharedPlace): Acknowledgements {
    const key = placeKey(place)
    const known = this.#partitions.get(key)
    if (known !== undefined) return known.acknowledgements
    const acknowledgements = new Acknowledgements()
    this.#partitions.set(key, { place, acknowledgements })
    return acknowledgements
  }
}

/** It could not be written down this time; the records are still ours. */
function isPassing(errorCode: number): boolean {
  return !isMoved(errorCode) && isRetriable(errorCode)
}

function isRenewal({ type }: Acknowledgement): boolean {
  return type === AcknowledgeType.RENEW
}
