import { type Clock, errnoOf } from '@pafka/base'

import type { FileSystem, OpenFile, OpenMode } from '../files/file-system.ts'
import { openOrRead } from '../files/read-only-file.ts'
import { MappedLogFile } from '../mapped/mapped-log-file.ts'

/** Somebody whose file is kept open for the next use, and may be closed between two. */
export interface FileUser {
  /** Operations in flight; while there are any the file stays open. */
  readonly uses: number
  closeFile(): void
}

/** Bounds the files that are open between uses; the least recently used is closed first. */
export class OpenFiles {
  readonly files: FileSystem
  #limit: number
  readonly #clock: Clock | undefined
  readonly #users = new Set<FileUser>()

  /** @param clock of those who lie on persistent memory, and are mapped; undefined for others */
  constructor(files: FileSystem, limit: number, clock?: Clock) {
    this.files = files
    this.#limit = limit
    this.#clock = clock
  }

  /** They lie on persistent memory. */
  get isMapped(): boolean {
    return this.#clock !== undefined
  }

  get count(): number {
    return this.#users.size
  }

  /**
   * Opens a file for `user`, closing others where needed; in mode `update` as `openOrRead`.
   * @throws the system error.
   */
  open(user: FileUser, path: string, mode: OpenMode): OpenFile {
    if (this.#users.size >= this.#limit) this.#closeIdle(1 + (this.#limit >>> 4))
    this.#users.add(user)
    try {
      return this.#open(path, mode)
    } catch (error) {
      this.#users.delete(user)
      const code = errnoOf(error)
      if ((code !== 'EMFILE' && code !== 'ENFILE') || this.#users.size === 0) throw error
      this.#limit = Math.max(1, this.#users.size >>> 1)
      this.#closeIdle(this.#users.size - this.#limit)
      const file = this.#open(path, mode)
      this.#users.add(user)
      return file
    }
  }

  #open(path: string, mode: OpenMode): OpenFile {
    const { files } = this
    const clock = this.#clock
    const open = (): OpenFile =>
      clock ? MappedLogFile.open({ files, clock }, path, mode) : files.open(path, mode)
    return mode === 'update' ? openOrRead(files, path, open) : open()
  }

  used(user: FileUser): void {
    this.#users.delete(user)
    this.#users.add(user)
  }

  closed(user: FileUser): void {
    this.#users.delete(user)
  }

  #closeIdle(count: number): void {
    let left = count
    for (const user of this.#users) {
      if (left === 0) break
      if (user.uses > 0) continue
      user.closeFile()
      left -= 1
    }
  }
}
