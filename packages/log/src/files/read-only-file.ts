import { errnoOf } from '@pafka/base'

import { asError } from './as-error.ts'
import type { FileSystem, IoDone, OpenFile } from './file-system.ts'

/** A file of a disk that takes no writes any more: each says so, and reads go on. */
class ReadOnlyFile implements OpenFile {
  readonly #file: OpenFile
  readonly #error: Error

  constructor(file: OpenFile, error: Error) {
    this.#file = file
    this.#error = error
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    return this.#file.readNow(into, positionBytes)
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    this.#file.read(into, positionBytes, done)
  }

  writeNow(): number {
    throw this.#error
  }

  write(_pieces: readonly Uint8Array[], _positionBytes: number, done: IoDone): void {
    queueMicrotask(() => done(this.#error, 0))
  }

  truncate(): void {
    throw this.#error
  }

  sizeBytes(): number {
    return this.#file.sizeBytes()
  }

  sync(done: IoDone): void {
    queueMicrotask(() => done(this.#error, 0))
  }

  syncNow(): void {
    throw this.#error
  }

  close(): void {
    this.#file.close()
  }
}

/**
 * Opens a file that is there, to be written, or read at least where its file system is read-only,
 * as one becomes that met an error. @throws the system error
 */
export function openOrRead(
  files: Pick<FileSystem, 'open'>,
  path: string,
  open: () => OpenFile,
): OpenFile {
  try {
    return open()
  } catch (error) {
    if (errnoOf(error) !== 'EROFS') throw error
    return new ReadOnlyFile(files.open(path, 'read'), asError(error))
  }
}
