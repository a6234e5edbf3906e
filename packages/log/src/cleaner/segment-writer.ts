import { MIB } from '@pafka/base'

import type { LogSegment } from '../segment/log-segment.ts'

const CHUNK_BYTES = MIB

/** Writes a segment that nobody reads yet, in pieces of a MiB. */
export class SegmentWriter {
  readonly #segment: LogSegment
  readonly #indexIntervalBytes: number
  #pieces: Uint8Array[] = []
  #queuedBytes = 0

  constructor(segment: LogSegment, indexIntervalBytes: number) {
    this.#segment = segment
    this.#indexIntervalBytes = indexIntervalBytes
    segment.file().truncate(0) // a pass that failed may have left something
    segment.resetIndexes()
  }

  /** @param batch copied when it has to wait. @throws the system error */
  add(batch: Uint8Array): void {
    this.#segment.append(batch, 0, this.#indexIntervalBytes)
    this.#pieces.push(Buffer.from(batch))
    this.#queuedBytes += batch.length
    if (this.#queuedBytes >= CHUNK_BYTES) this.#write()
  }

  /** Not durable yet. */
  finish(): void {
    this.#write()
    this.#segment.flushIndexes(true)
  }

  #write(): void {
    let bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#queuedBytes = 0
    while (bytes.length > 0) {
      const written = this.#segment.file().writeNow([bytes], this.#segment.committedBytes)
      this.#segment.committedBytes += written
      bytes = bytes.subarray(written)
    }
  }
}
