import { asError } from '../files/as-error.ts'
import type { OpenFile } from '../files/file-system.ts'
import type { LogSegment } from '../segment/log-segment.ts'

/** Who is told about the end of a group's background part. */
export interface WriteGroupOwner {
  /** @returns whether the group is committed; false when a sync of it was started. */
  afterWrite(group: WriteGroup): boolean
  /** The sync of a group ended. */
  afterSync(group: WriteGroup): void
  /** Goes on with what is queued, after a background part. */
  proceed(): void
  fail(error: Error): void
}

export interface GroupParts {
  readonly segment: LogSegment
  readonly pieces: Uint8Array[]
  readonly bytes: number
  readonly endOffset: number
}

/** Appends that are written together, at the end of what their segment has committed. */
export class WriteGroup {
  readonly segment: LogSegment
  readonly bytes: number
  readonly endOffset: number
  readonly #owner: WriteGroupOwner
  #pieces: Uint8Array[]
  #written = 0
  #file: OpenFile | undefined

  constructor(owner: WriteGroupOwner, parts: GroupParts) {
    this.#owner = owner
    this.segment = parts.segment
    this.bytes = parts.bytes
    this.endOffset = parts.endOffset
    this.#pieces = parts.pieces
  }

  /** Writes all of it on this thread. @returns what went wrong. */
  writeNow(): Error | undefined {
    const { segment } = this
    try {
      const file = segment.file()
      while (this.#written < this.bytes) {
        const position = segment.committedBytes + this.#written
        const bytes = file.writeNow(this.#pieces, position)
        if (bytes === 0) return nothingWritten()
        this.#advance(bytes)
      }
      return undefined
    } catch (error) {
      return asError(error)
    }
  }

  /** Writes on another thread; the owner hears of the end. */
  start(): void {
    if (!this.#hold()) return
    this.#file = this.segment.file()
    this.#next()
  }

  /** Makes the segment durable, with its name if that is new. */
  sync(): void {
    if (!this.#hold()) return
    this.segment.file().sync((error) => {
      if (error !== null) return this.#end(error)
      this.#syncNames(undefined)
    })
  }

  /** Of a segment whose bytes are durable: makes its name so, and that of its folder. */
  syncNames(nameFolder: (() => Promise<void>) | undefined): void {
    if (this.#hold()) this.#syncNames(nameFolder)
  }

  #syncNames(nameFolder: (() => Promise<void>) | undefined): void {
    const isNamed = this.segment.nameSynced
    if (isNamed && nameFolder === undefined) return this.#end(null)
    const named = isNamed ? Promise.resolve() : this.segment.syncName()
    named
      .then(() => nameFolder?.())
      .then(
        () => this.#end(null),
        (problem: unknown) => this.#end(asError(problem)),
      )
  }

  #hold(): boolean {
    try {
      this.segment.hold()
      return true
    } catch (error) {
      this.#owner.fail(asError(error))
      return false
    }
  }

  #next(): void {
    const position = this.segment.committedBytes + this.#written
    this.#file?.write(this.#pieces, position, this.#wrote)
  }

  readonly #wrote = (error: Error | null, bytes: number): void => {
    if (error !== null || bytes === 0) return this.#end(error ?? nothingWritten())
    this.#advance(bytes)
    if (this.#written < this.bytes) return this.#next()
    this.segment.release()
    if (this.#owner.afterWrite(this)) this.#owner.proceed()
  }

  #end(error: Error | null): void {
    this.segment.release()
    if (error !== null) return this.#owner.fail(error)
    this.#owner.afterSync(this)
    this.#owner.proceed()
  }

  /** After a short write, the pieces that are left. */
  #advance(bytes: number): void {
    this.#written += bytes
    if (this.#written === this.bytes) {
      this.#pieces = NOTHING
      return
    }
    let gone = bytes
    while (gone > 0) {
      const first = this.#pieces[0] as Uint8Array
      if (gone < first.length) {
        this.#pieces[0] = first.subarray(gone)
        return
      }
      gone -= first.length
      this.#pieces.shift()
    }
  }
}

const NOTHING: Uint8Array[] = []

/** A device that takes no bytes and reports no error would otherwise be asked for ever. */
function nothingWritten(): Error {
  return Object.assign(new Error('EIO: no bytes were written'), { code: 'EIO' })
}
