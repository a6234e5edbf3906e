import { Finding } from './finding.ts'

/** Offsets that a group committed for one partition: each is one more than the one before. */
export class GroupLedger {
  readonly place: string
  #lastSent = -1
  #lastAcked = -1

  constructor(groupId: string, topic: string, partition: number) {
    this.place = `${groupId} ${topic}-${partition}`
  }

  /** The next offset to commit; with it, it counts as sent. */
  next(): number {
    this.#lastSent += 1
    return this.#lastSent
  }

  acked(offset: number): void {
    this.#lastAcked = Math.max(this.#lastAcked, offset)
  }

  /** What stands beside an offset, so that one cannot be read with the metadata of another. */
  static metadataOf(offset: number): string {
    return `with ${offset}`
  }

  /** @throws {Finding} when the broker forgot an acknowledged offset or made one up. */
  read(offset: number, metadata: string | null): void {
    if (offset < this.#lastAcked || offset > this.#lastSent) {
      const range = `${this.#lastAcked} (acknowledged) to ${this.#lastSent} (sent)`
      throw new Finding('group offset', this.place, `expected ${range}, ${offset} is read`)
    }
    if (offset >= 0 && metadata !== GroupLedger.metadataOf(offset)) {
      throw new Finding('group offset', this.place, `${offset} has the metadata '${metadata}'`)
    }
    this.#lastAcked = offset // it was let be read
  }
}
