import { assert } from '@pafka/base'

/** Where a round lies. */
export interface RingPlace {
  readonly positionBytes: number
  readonly sizeBytes: number
}

/**
 * Which part of a ring is in use: from the oldest round that a checkpoint does not cover up to the
 * newest. A round never wraps: it lies behind the one before it or at the beginning. There it lies
 * as well when all before it are covered.
 */
export class RingSpace {
  /** Bytes that were written before, so that writing them again changes no file metadata. */
  capacityBytes: number
  #head: number
  readonly #live: RingPlace[] = []
  #first = 0
  #usedBytes = 0
  #mostUsedBytes = 0

  constructor(capacityBytes: number, headBytes: number) {
    this.capacityBytes = capacityBytes
    this.#head = headBytes
  }

  /** Bytes of rounds that no checkpoint covers. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** As many as there ever were. */
  get mostUsedBytes(): number {
    return this.#mostUsedBytes
  }

  get headBytes(): number {
    return this.#head
  }

  /** The run of rounds that was found ends there. */
  startAt(headBytes: number): void {
    this.#head = headBytes
  }

  /** Of a ring that nothing is in: it ends there from now on. */
  beginAnew(capacityBytes: number): void {
    assert(this.#usedBytes === 0, 'nothing is in the ring')
    this.capacityBytes = capacityBytes
    this.#head = 0
  }

  /** @returns the position of a round, or -1 while there is no room for it. */
  place(sizeBytes: number): number {
    const position = this.#find(sizeBytes)
    if (position < 0) return -1
    this.take({ positionBytes: position, sizeBytes })
    return position
  }

  /** A round that is known to lie there, as after a restart. */
  take(place: RingPlace): void {
    this.#live.push(place)
    this.#usedBytes += place.sizeBytes
    this.#mostUsedBytes = Math.max(this.#mostUsedBytes, this.#usedBytes)
    this.#head = place.positionBytes + place.sizeBytes
  }

  /** Where the oldest round lies that is left when `count` are gone; the head if there is none. */
  positionAfter(count: number): number {
    return this.#live[this.#first + count]?.positionBytes ?? this.#head
  }

  /** The oldest `count` rounds are covered by a checkpoint. */
  release(count: number): void {
    assert(count <= this.#live.length - this.#first, 'no more rounds than there are')
    for (let at = 0; at < count; at++) {
      this.#usedBytes -= (this.#live[this.#first + at] as RingPlace).sizeBytes
    }
    this.#first += count
    if (this.#first < 1024 && this.#first < this.#live.length) return
    this.#live.splice(0, this.#first)
    this.#first = 0
  }

  #find(sizeBytes: number): number {
    const tail = this.#live[this.#first]?.positionBytes ?? -1
    // an empty ring begins anew: what it grows by is of use until it has wrapped
    if (tail < 0) return sizeBytes <= this.capacityBytes ? 0 : -1
    if (this.#head > tail) {
      if (this.#head + sizeBytes <= this.capacityBytes) return this.#head
      // strictly before the oldest one: a head on top of it would look like an empty ring
      return sizeBytes < tail ? 0 : -1
    }
    return this.#head + sizeBytes < tail ? this.#head : -1
  }
}
