import type { LogSegment } from '../segment/log-segment.ts'

/** Readers of one log whose place is remembered. */
const PLACES = 4

interface Place {
  readonly offset: number
  readonly segment: LogSegment
  readonly positionBytes: number
}

/** Where recent reads ended: a reader that goes on needs no index. */
export class ReadPlaces {
  readonly #places: Place[] = []
  #next = 0

  /** @returns the position of the batch that begins with `offset`, or -1. */
  find(offset: number, segment: LogSegment): number {
    for (const place of this.#places) {
      if (place.offset === offset && place.segment === segment) return place.positionBytes
    }
    return -1
  }

  note(offset: number, segment: LogSegment, positionBytes: number): void {
    this.#places[this.#next] = { offset, segment, positionBytes }
    this.#next = (this.#next + 1) % PLACES
  }

  /** The files changed. */
  clear(): void {
    this.#places.length = 0
    this.#next = 0
  }
}
