import { KIB } from '@pafka/base'

/** Readers of one file whose place is remembered. */
const PLACES = 64
const FIRST_WINDOW_BYTES = 256 * KIB

/** One reader: what it read last. */
export interface ColdPlace {
  startBytes: number
  endBytes: number
  /** How much to read at a time for it; 0 for one who jumps. */
  windowBytes: number
}

/** Tells readers of a file who go forward from those who jump. */
export class ColdPlaces {
  readonly #longestWindowBytes: number
  /** The one that was used last stands first. */
  readonly #places: ColdPlace[] = []

  constructor(longestWindowBytes: number) {
    this.#longestWindowBytes = longestWindowBytes
  }

  /**
   * Somebody asks for these bytes. A read that begins within the last one of a reader, or where it
   * ended, is of that reader: cut to whole batches it used a part. Its window doubles with each.
   */
  note(startBytes: number, endBytes: number): ColdPlace {
    const known = this.#places.findIndex(
      (place) => place.startBytes <= startBytes && startBytes <= place.endBytes,
    )
    const [place] = this.#places.splice(known < 0 ? PLACES - 1 : known, 1)
    if (known < 0 || place === undefined) {
      // who begins at the beginning goes on
      const windowBytes = startBytes === 0 ? this.#window(endBytes) : 0
      const fresh = { startBytes, endBytes, windowBytes }
      this.#places.unshift(fresh)
      return fresh
    }
    this.#places.unshift(place)
    place.endBytes = Math.max(place.endBytes, endBytes)
    if (startBytes > place.startBytes) {
      place.windowBytes = this.#window(Math.max(place.windowBytes, endBytes - startBytes))
    } // else another reader wants the same bytes: no step forward
    place.startBytes = startBytes
    return place
  }

  #window(lastBytes: number): number {
    return Math.min(this.#longestWindowBytes, Math.max(FIRST_WINDOW_BYTES, 2 * lastBytes))
  }
}
