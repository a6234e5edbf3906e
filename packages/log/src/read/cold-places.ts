import { KIB } from '@pafka/base'

/** Readers of one file whose place is remembered. */
const PLACES = 8
const FIRST_WINDOW_BYTES = 256 * KIB

interface Place {
  startBytes: number
  endBytes: number
  windowBytes: number
}

/** Tells readers of a file who go forward from those who jump. */
export class ColdPlaces {
  readonly #longestWindowBytes: number
  /** The one that was used last stands first. */
  readonly #places: Place[] = []

  constructor(longestWindowBytes: number) {
    this.#longestWindowBytes = longestWindowBytes
  }

  /**
   * Somebody asks for these bytes.
   * @returns how much to read at a time for a reader who goes forward, more the longer it does; 0
   * for one who does not. A read that begins within the last one of a reader, or where it ended, is
   * of that reader: cut to whole batches it used a part.
   */
  note(startBytes: number, endBytes: number): number {
    const known = this.#places.findIndex(
      (place) => place.startBytes <= startBytes && startBytes <= place.endBytes,
    )
    const [place] = this.#places.splice(known < 0 ? PLACES - 1 : known, 1)
    if (known < 0 || place === undefined) {
      // who begins at the beginning goes on
      const windowBytes = startBytes === 0 ? this.#window(endBytes) : 0
      this.#places.unshift({ startBytes, endBytes, windowBytes })
      return windowBytes
    }
    this.#places.unshift(place)
    place.endBytes = Math.max(place.endBytes, endBytes)
    if (startBytes > place.startBytes) {
      place.windowBytes = this.#window(Math.max(place.windowBytes, endBytes - startBytes))
    } // else another reader wants the same bytes: no step forward
    place.startBytes = startBytes
    return place.windowBytes
  }

  #window(lastBytes: number): number {
    return Math.min(this.#longestWindowBytes, Math.max(FIRST_WINDOW_BYTES, 2 * lastBytes))
  }
}
