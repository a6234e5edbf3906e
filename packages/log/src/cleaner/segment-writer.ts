import type { LogContext } from '../partition/log-context.ts'
import { LogSegment } from '../segment/log-segment.ts'
import type { CleanerFigures } from './cleaner-figures.ts'
import type { CleanerPace } from './cleaner-pace.ts'

export interface SegmentWriterOptions {
  readonly pace: CleanerPace
  readonly figures: CleanerFigures
  readonly indexIntervalBytes: number
  readonly bufferBytes: number
}

/** Writes a `.cleaned` segment, which nobody reads yet, off the thread and through one buffer. */
export class SegmentWriter {
  readonly segment: LogSegment
  readonly #context: LogContext
  readonly #options: SegmentWriterOptions
  readonly #buffer: Buffer
  #filled = 0

  constructor(
    folder: string,
    baseOffset: number,
    context: LogContext,
    options: SegmentWriterOptions,
  ) {
    this.segment = new LogSegment(folder, baseOffset, context, '.cleaned')
    this.#context = context
    this.#options = options
    this.segment.hold()
    this.#buffer = context.pool.take(options.bufferBytes)
    try {
      this.segment.file().truncate(0) // a pass that failed may have left something
      this.segment.resetIndexes()
      this.segment.transactions.reset()
    } catch (error) {
      this.close()
      this.segment.closeFile()
      throw error
    }
  }

  /** @param batch borrowed until the promise, if there is one, resolves. */
  add(batch: Uint8Array): Promise<void> | undefined {
    this.segment.append(batch, 0, this.#options.indexIntervalBytes)
    if (batch.length > this.#buffer.length - this.#filled) return this.#addAfterWrite(batch)
    this.#buffer.set(batch, this.#filled)
    this.#filled += batch.length
    return undefined
  }

  /** The segment is complete and durable after it, but for its name. */
  async finish(): Promise<LogSegment> {
    await this.#writeBuffer()
    this.segment.flushIndexes(true)
    await this.segment.sync()
    return this.segment
  }

  /** After `close`: removes what was written, as far as that goes. */
  async discard(): Promise<void> {
    this.segment.deleted = true
    this.segment.closeFile() // while it is open its bytes are not free
    this.segment.dropIndexes()
    for (const kind of ['log', 'index', 'timeindex', 'txnindex'] as const) {
      await this.#context.files.remove(this.segment.pathOf(kind))
    }
  }

  /** Call it once, whatever happened. */
  close(): void {
    this.#context.pool.give(this.#buffer)
    this.segment.release()
  }

  async #addAfterWrite(batch: Uint8Array): Promise<void> {
    await this.#writeBuffer()
    if (batch.length > this.#buffer.length) return this.#write(batch)
    this.#buffer.set(batch)
    this.#filled = batch.length
  }

  async #writeBuffer(): Promise<void> {
    await this.#write(this.#buffer.subarray(0, this.#filled))
    this.#filled = 0
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { pace, figures } = this.#options
    let left = bytes
    while (left.length > 0) {
      const written = await this.#writeOnce(left)
      this.segment.committedBytes += written
      left = left.subarray(written)
      figures.writtenBytes += written
      await pace.moved(written)
    }
  }

  #writeOnce(bytes: Uint8Array): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.segment.file().write([bytes], this.segment.committedBytes, (error, written) => {
      if (error === null) resolve(written)
      else reject(error)
    })
    return promise
  }
}
