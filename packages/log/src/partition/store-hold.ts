import type { StorageError } from '@pafka/base'

import type { LogSegment } from '../segment/log-segment.ts'

/**
 * Keeps what is appended out of the files of a segment and of those after it, while its log gets
 * another home: its memory, or the queue before the file, has it as long.
 */
export class StoreHold {
  #fromOffset = Number.POSITIVE_INFINITY
  #waiting: PromiseWithResolvers<void> | undefined

  /** Whether nothing is to be written to a segment for now. */
  covers({ baseOffset }: LogSegment): boolean {
    return baseOffset >= this.#fromOffset
  }

  /** Whether somebody waits for the files of the segments before. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined
  }

  /** Resolves when files have all that comes before; rejects when they cannot get it. */
  begin({ baseOffset }: LogSegment): Promise<void> {
    this.#fromOffset = baseOffset
    this.#waiting = Promise.withResolvers<void>()
    return this.#waiting.promise
  }

  /** @param next the oldest segment that something is to be written to; undefined for none */
  reached(next: LogSegment | undefined): void {
    if (next !== undefined && !this.covers(next)) return
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  failed(error: StorageError): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }

  end(): void {
    this.#fromOffset = Number.POSITIVE_INFINITY
    this.#waiting = undefined
  }
}
