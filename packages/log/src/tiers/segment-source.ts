import { StorageError } from '@pafka/base'

import { readAt } from '../files/file-calls.ts'
import type { OpenFile } from '../files/file-system.ts'
import { patientCalls } from '../files/patient-calls.ts'
import type { LogContext } from '../partition/log-context.ts'
import type { LogSegment } from '../segment/log-segment.ts'

export interface SegmentSourceParts {
  readonly context: Pick<LogContext, 'files' | 'unreadable'>
  /** One that does not grow any more, and whose file has all of it. */
  readonly segment: Pick<LogSegment, 'path' | 'moved' | 'sizeBytes'>
  /** As `MovableSegment.isGone`. */
  readonly isGone: () => boolean
}

/** The file of a segment that is copied, read past the page cache. */
export class SegmentSource {
  readonly #sizeBytes: number
  readonly #parts: SegmentSourceParts
  #file: OpenFile | undefined
  #isClosed = false

  constructor(parts: SegmentSourceParts) {
    this.#parts = parts
    this.#sizeBytes = parts.segment.sizeBytes
  }

  /** As `MovableSegment.read`. */
  async read(into: Buffer, positionBytes: number): Promise<number> {
    const { context, segment, isGone } = this.#parts
    const { path, moved } = segment
    try {
      this.#file ??= await this.#open(path)
      const count = await readAt(this.#file, into, positionBytes)
      // in persistent memory a file has room behind its end
      return Math.min(count, Math.max(0, this.#sizeBytes - positionBytes))
    } catch (error) {
      if (!this.#isClosed && !isGone()) context.unreadable(moved)
      throw error
    }
  }

  /** Idempotent. Nothing may be in flight, but an open that a disk takes its time for. */
  close(): void {
    this.#isClosed = true
    this.#file?.close()
    this.#file = undefined
  }

  async #open(path: string): Promise<OpenFile> {
    const names = patientCalls(this.#parts.context.files)
    const file = (await names.openDirect(path, 'read')) ?? (await names.open(path, 'read'))
    if (!this.#isClosed) return file
    file.close()
    throw new StorageError(`${path} is not wanted any more`)
  }
}
