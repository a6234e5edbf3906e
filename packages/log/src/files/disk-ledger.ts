/**
 * What is appended to the logs of a disk, and what of it has got into their files: no more is taken
 * than the disk has room for when all of it gets there. Both are counted from the start on, so that
 * a look at the disk may take its time.
 */
export class DiskLedger {
  #appendedBytes = 0
  #settledBytes = 0
  #appendLimitBytes = Number.POSITIVE_INFINITY
  #storeLimitBytes = Number.POSITIVE_INFINITY
  /** That could be appended when it was looked at. */
  #foundBytes = Number.POSITIVE_INFINITY
  readonly #overdrawn = new Set<() => void>()

  /** Appended, and not in a file yet. */
  get waitingBytes(): number {
    return this.#appendedBytes - this.#settledBytes
  }

  /** Whether what waits may be written to files. */
  get mayStore(): boolean {
    return this.#settledBytes < this.#storeLimitBytes
  }

  /**
   * Whether a look is too old to tell: it found at least twice as many bytes, and they are used up
   * but for these. What was moved or deleted since it does not know.
   */
  isStale(bytes: number): boolean {
    if (this.#foundBytes < 2 * bytes) return false
    return this.#appendLimitBytes - this.#appendedBytes < bytes
  }

  /** So many bytes are to get into files. */
  appended(bytes: number): void {
    this.#appendedBytes += bytes
    if (this.#appendedBytes <= this.#appendLimitBytes) return
    for (const tell of this.#overdrawn) tell()
  }

  /** So many have, or never will. */
  settled(bytes: number): void {
    this.#settledBytes += bytes
  }

  /** Told with each append that there is no room for. */
  whenOverdrawn(tell: () => void): void {
    this.#overdrawn.add(tell)
  }

  /**
   * Call before a look at the disk. @returns what is to be told of it: the bytes that are free, how
   * many of them appends have to leave, and how many the files
   */
  look(): (usableBytes: number, kept: { forAppends: number; forFiles: number }) => void {
    // what gets into files during the look is counted twice, for safety
    const settledBytes = this.#settledBytes
    return (usableBytes, { forAppends, forFiles }) => {
      this.#appendLimitBytes = settledBytes + usableBytes - forAppends
      this.#foundBytes = this.#appendLimitBytes - this.#appendedBytes
      this.#storeLimitBytes = settledBytes + usableBytes - forFiles
    }
  }

  /** A write found no room: none is tried before the next look. */
  full(): void {
    this.#storeLimitBytes = this.#settledBytes
  }
}
