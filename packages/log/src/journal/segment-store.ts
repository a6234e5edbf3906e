import { KIB, MIB } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import { writeAll } from '../files/file-calls.ts'
import { DIRECT_BLOCK_BYTES, type FileSystem, type OpenFile } from '../files/file-system.ts'
import { alignDown, alignedMemory, alignUp } from '../memory/aligned-memory.ts'
import type { LogSegment } from '../segment/log-segment.ts'

/** Fewer bytes are written through the page cache: cheaper than a file opened anew. */
const DIRECT_FROM_BYTES = 32 * KIB
const STAGE_BYTES = 2 * MIB + 2 * DIRECT_BLOCK_BYTES

type Done = (error: Error | null) => void

/**
 * Writes the tails of segments from memory to their files, around the page cache where they are
 * large enough and the file system allows it. What no whole block has stays in memory, unless it is
 * wanted: such bytes cost a write of their own, and one of their page before the next direct one.
 */
export class SegmentStore {
  readonly #files: FileSystem
  #hasDirect = true
  #stages: Buffer[] = []

  constructor(files: FileSystem) {
    this.#files = files
  }

  /**
   * Writes up to `toBytes`, or less by a block, but not less than `wholeBytes`. Raises
   * `storedBytes`.
   */
  write(segment: LogSegment, toBytes: number, wholeBytes: number, done: Done): void {
    const bytes = toBytes - segment.storedBytes
    try {
      segment.hold()
    } catch (error) {
      return done(asError(error))
    }
    const ended: Done = (error) => {
      segment.release()
      done(error)
    }
    if (bytes >= DIRECT_FROM_BYTES && this.#hasDirect && !isMemory(segment)) {
      this.#writeDirect(segment, toBytes, wholeBytes, ended)
    } else this.#writeBuffered(segment, toBytes, ended)
  }

  /** Gives memory back while nothing is written. */
  rest(): void {
    this.#stages = []
  }

  #writeBuffered(segment: LogSegment, toBytes: number, done: Done): void {
    const from = segment.storedBytes
    if (from >= toBytes) return done(null)
    const views = segment.tailViews(from, toBytes)
    segment.file().write(views.slice(0, 1000), from, (error, bytes) => {
      if (error !== null || bytes === 0) return done(error ?? new Error('EIO: nothing was written'))
      segment.storedBytes = from + bytes
      this.#writeBuffered(segment, toBytes, done)
    })
  }

  #writeDirect(segment: LogSegment, toBytes: number, wholeBytes: number, done: Done): void {
    const file = this.#open(segment, done)
    if (file === undefined) return
    if (file === 'buffered') return this.#writeBuffered(segment, toBytes, done)
    const from = segment.storedBytes
    const start = alignDown(from, DIRECT_BLOCK_BYTES)
    const end = alignDown(toBytes, DIRECT_BLOCK_BYTES)
    const stage = this.#stage(end - start)
    const ended: Done = (error) => {
      this.#stages.push(stage)
      file.close()
      if (error !== null) return done(error)
      segment.storedBytes = Math.max(segment.storedBytes, end)
      if (wholeBytes > end) this.#writeBuffered(segment, toBytes, done)
      else done(null)
    }
    const write: Done = (error) => {
      if (error !== null) return ended(error)
      try {
        segment.copyTail(stage.subarray(from - start, end - start), from)
      } catch (cause) {
        return ended(asError(cause))
      }
      writeAll(file, stage.subarray(0, end - start), start, ended)
    }
    if (start === from) return write(null)
    // the block that the file has only the beginning of is written anew, whole
    segment.read(stage.subarray(0, from - start), start, (error, bytes) => {
      write(error ?? (bytes < from - start ? new Error('EIO: too little was read') : null))
    })
  }

  #open(segment: LogSegment, done: Done): OpenFile | 'buffered' | undefined {
    try {
      const file = this.#files.openDirect(segment.path, 'update', false)
      if (file !== undefined) return file
      this.#hasDirect = false
      return 'buffered'
    } catch (error) {
      done(asError(error))
      return undefined
    }
  }

  #stage(bytes: number): Buffer {
    const found = this.#stages.pop()
    if (found !== undefined && found.length >= bytes) return found
    return alignedMemory(Math.max(STAGE_BYTES, alignUp(bytes, DIRECT_BLOCK_BYTES)))
  }
}

/** Then no cache lies before it, and it takes whole batches only. */
function isMemory(segment: LogSegment): boolean {
  return segment.file().borrow !== undefined
}
