import type { KafkaError } from '../errors/kafka-error.ts'

/** What becomes of a record that a member was given (KIP-932, KIP-1222). */
export const AcknowledgeType = { GAP: 0, ACCEPT: 1, RELEASE: 2, REJECT: 3, RENEW: 4 } as const

export type AcknowledgeType = (typeof AcknowledgeType)[keyof typeof AcknowledgeType]

/** Offsets of a partition, both of which are of it. */
export interface OffsetRange {
  readonly firstOffset: number
  readonly lastOffset: number
}

/** What is to be said of a run of records. */
export interface Acknowledgement extends OffsetRange {
  /** May change until it is sent. */
  type: AcknowledgeType
  /**
   * It is not said later, by the clock's `monotonicMs`: somebody else may have the record then, who
   * may even be done with it, of which the broker would say that all is well.
   */
  readonly saidBeforeMs: () => number
  isSent: boolean
  /**
   * Called once.
   * @param error why it has no effect, or may have none
   * @param lockedUntilMs of what was renewed; by the clock's `monotonicMs`
   */
  readonly done: (error: KafkaError | undefined, lockedUntilMs: number) => void
}

/** Of no job: nobody waits for its end, and the broker may say what it likes. */
export function sayingOfNobody(
  { firstOffset, lastOffset }: OffsetRange,
  type: AcknowledgeType,
): Acknowledgement {
  return { firstOffset, lastOffset, type, isSent: false, saidBeforeMs: anyTime, done: () => {} }
}

function anyTime(): number {
  return Infinity
}

/** As a request has it. */
export interface AcknowledgementBatch extends OffsetRange {
  readonly acknowledgeTypes: readonly number[]
}

/** What is to be said of the records of one partition, and was not yet. */
export class Acknowledgements {
  #waiting: Acknowledgement[] = []
  /** Each is said in a request of its own: a broker refuses all of a partition, or nothing. */
  readonly #apart: (readonly Acknowledgement[])[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#apart.length === 0
  }

  get hasRenewals(): boolean {
    return [...this.#apart.flat(), ...this.#waiting].some(isRenewal)
  }

  add(acknowledgement: Acknowledgement): void {
    this.#waiting.push(acknowledgement)
  }

  /** Was said, and is to be said again. */
  again(acknowledgements: readonly Acknowledgement[]): void {
    this.#apart.push(acknowledgements)
  }

  /** One of several that were refused together may be the cause: each half is said again. */
  split(acknowledgements: readonly Acknowledgement[]): void {
    const middle = Math.ceil(acknowledgements.length / 2)
    this.#apart.push(acknowledgements.slice(0, middle), acknowledgements.slice(middle))
  }

  /** @returns what is not to be said any more */
  takeLate(nowMs: number): readonly Acknowledgement[] {
    const isLate = ({ saidBeforeMs }: Acknowledgement): boolean => saidBeforeMs() <= nowMs
    const late = [...this.#apart.flat(), ...this.#waiting].filter(isLate)
    if (late.length === 0) return late
    this.#waiting = this.#waiting.filter((one) => !isLate(one))
    const apart = this.#apart.map((group) => group.filter((one) => !isLate(one)))
    this.#apart.splice(0, Infinity, ...apart.filter((group) => group.length > 0))
    return late
  }

  /** @returns what the next request says, in the order of offsets, none of them twice */
  take(): readonly Acknowledgement[] {
    const apart = this.#apart.shift()
    if (apart !== undefined) return apart
    const said: Acknowledgement[] = []
    const later: Acknowledgement[] = []
    let lastOffset = -1
    for (const one of this.#waiting.toSorted((a, b) => a.firstOffset - b.firstOffset)) {
      if (one.firstOffset <= lastOffset) {
        later.push(one)
        continue
      }
      lastOffset = one.lastOffset
      one.isSent = true
      said.push(one)
    }
    this.#waiting = later
    return said
  }

  /** @returns those renewals that were not said */
  dropRenewals(): readonly Acknowledgement[] {
    const dropped = this.#waiting.filter(isRenewal)
    this.#waiting = this.#waiting.filter((one) => !isRenewal(one))
    return dropped
  }

  /** @returns all there are, which nobody says any more */
  drop(): readonly Acknowledgement[] {
    return [...this.#apart.splice(0).flat(), ...this.#waiting.splice(0)]
  }
}

function isRenewal({ type }: Acknowledgement): boolean {
  return type === AcknowledgeType.RENEW
}

/** Neighbours of one type are one batch. @param said in the order of offsets */
export function batchesOf(said: readonly Acknowledgement[]): AcknowledgementBatch[] {
  const batches: AcknowledgementBatch[] = []
  for (const { firstOffset, lastOffset, type } of said) {
    const before = batches.at(-1)
    const follows = before?.lastOffset === firstOffset - 1 && before.acknowledgeTypes[0] === type
    if (follows) batches[batches.length - 1] = { ...before, lastOffset }
    else batches.push({ firstOffset, lastOffset, acknowledgeTypes: [type] })
  }
  return batches
}
