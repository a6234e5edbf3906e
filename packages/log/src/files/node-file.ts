import * as fs from 'node:fs'

import type { IoDone, OpenFile, OpenMode } from './file-system.ts'

export function flagsOf(mode: OpenMode): number {
  const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants
  return mode === 'read' ? O_RDONLY : mode === 'update' ? O_RDWR : O_RDWR | O_CREAT
}

/** Undefined where the platform knows no direct I/O. */
export function directFlags(mode: OpenMode, durable: boolean): number | undefined {
  // 0 or absent where the platform knows no such flag
  const { O_DIRECT = 0, O_DSYNC = 0 } = fs.constants as Partial<typeof fs.constants>
  if (O_DIRECT === 0 || O_DSYNC === 0) return undefined
  return flagsOf(mode) | O_DIRECT | (durable ? O_DSYNC : 0)
}

/** An open file of the operating system. */
export class NodeFile implements OpenFile {
  #fd: number
  readonly #isDirect: boolean

  constructor(fd: number, isDirect: boolean) {
    this.#fd = fd
    this.#isDirect = isDirect
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    let at = 0
    while (at < into.length) {
      const read = fs.readSync(this.#fd, into, at, into.length - at, positionBytes + at)
      if (read === 0) break
      at += read
      if (this.#isDirect) break
    }
    return at
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    fs.read(this.#fd, into, 0, into.length, positionBytes, (error, bytes) => {
      // a direct read cannot go on at a place that is not aligned: it was the end of the file
      const isAll = bytes === 0 || bytes === into.length || this.#isDirect
      if (error !== null || isAll) done(error, error ? 0 : bytes)
      else
        this.read(into.subarray(bytes), positionBytes + bytes, (e, more) => done(e, bytes + more))
    })
  }

  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number {
    const [first] = pieces
    if (first === undefined) return 0
    if (pieces.length > 1) return fs.writevSync(this.#fd, pieces, positionBytes)
    return fs.writeSync(this.#fd, first, 0, first.length, positionBytes)
  }

  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void {
    const [first] = pieces
    if (first === undefined) return done(null, 0)
    if (pieces.length > 1) return fs.writev(this.#fd, pieces, positionBytes, done)
    fs.write(this.#fd, first, 0, first.length, positionBytes, done)
  }

  truncate(sizeBytes: number): void {
    fs.ftruncateSync(this.#fd, sizeBytes)
  }

  sizeBytes(): number {
    return fs.fstatSync(this.#fd).size
  }

  sync(done: IoDone): void {
    fs.fdatasync(this.#fd, (error) => done(error, 0))
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#fd)
  }

  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    this.#fd = -1
    fs.closeSync(fd)
  }
}
