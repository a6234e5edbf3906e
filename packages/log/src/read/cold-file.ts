import { errnoOf } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { FileSystem, IoDone, OpenFile } from '../files/file-system.ts'

/** A file that is read, known by identity. A segment of a log is one. */
export interface ColdFile {
  /** Asked for when the file is opened: names may change. */
  readonly path: string
  /** Its name may be another's by now. */
  readonly deleted: boolean
  /** Through the page cache: for where there is no other way, or no name any more. */
  file(): OpenFile
  /** Keeps `file()` open until `release()`. @throws the system error */
  hold(): void
  release(): void
}

/** What it takes of a file system. */
export type DirectFiles = Pick<FileSystem, 'openDirect'>

/** The handle that a file is read by. */
export class ColdHandle {
  readonly #files: DirectFiles
  readonly #file: ColdFile
  #direct: OpenFile | undefined
  #isBuffered = false
  #reading = 0

  constructor(files: DirectFiles, file: ColdFile) {
    this.#files = files
    this.#file = file
  }

  get isOpen(): boolean {
    return this.#direct !== undefined
  }

  get isReading(): boolean {
    return this.#reading > 0
  }

  /** Past the page cache if that can be. All is aligned as direct I/O wants it. Never throws. */
  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    const direct = this.#isBuffered ? undefined : this.#openDirect()
    if (direct === undefined) return this.#readBuffered(into, positionBytes, done)
    this.#reading += 1
    direct.read(into, positionBytes, (error, bytes) => {
      this.#reading -= 1
      if (errnoOf(error) !== 'EINVAL') return done(error, bytes)
      // it opened, but has other rules of alignment than we know
      this.#isBuffered = true
      this.close()
      this.#readBuffered(into, positionBytes, done)
    })
  }

  /** Unless it is in use. The next read opens it again. */
  close(): void {
    if (this.#reading > 0) return
    this.#direct?.close()
    this.#direct = undefined
  }

  #openDirect(): OpenFile | undefined {
    if (this.#direct === undefined && this.#file.deleted) return undefined
    try {
      this.#direct ??= this.#files.openDirect(this.#file.path, 'read', false)
    } catch {
      return undefined // the name is gone, or there are no handles: who asks has the file open
    }
    this.#isBuffered = this.#direct === undefined
    return this.#direct
  }

  #readBuffered(into: Uint8Array, positionBytes: number, done: IoDone): void {
    try {
      this.#file.hold()
    } catch (error) {
      return queueMicrotask(() => done(asError(error), 0))
    }
    this.#reading += 1
    this.#file.file().read(into, positionBytes, (error, bytes) => {
      this.#reading -= 1
      this.#file.release()
      done(error, bytes)
    })
  }
}
