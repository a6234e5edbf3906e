const HALVED_MS = 60_000

/** How much a segment's file is read: bytes count half after each minute. */
export class SegmentReads {
  /** Wall clock of the last read; 0 without one since the start. */
  lastMs = 0
  #bytes = 0

  note(bytes: number, nowMs: number): void {
    this.#bytes = this.heatBytes(nowMs) + bytes
    this.lastMs = nowMs
  }

  heatBytes(nowMs: number): number {
    if (this.#bytes === 0) return 0
    return this.#bytes * 2 ** (-Math.max(0, nowMs - this.lastMs) / HALVED_MS)
  }
}
