import type { IoDone, OpenFile } from './file-system.ts'
import type { LimitedDevice } from './limited-device.ts'
import type { RecentlyWritten } from './recent-writes.ts'

/** A file of a limited device. Errors are told as soon as they are there. */
export class LimitedFile implements OpenFile {
  readonly #file: OpenFile
  readonly #device: LimitedDevice
  readonly #written: RecentlyWritten | undefined

  /** @param written absent past the page cache: each read and write is the device's then */
  constructor(file: OpenFile, device: LimitedDevice, written?: RecentlyWritten) {
    this.#file = file
    this.#device = device
    this.#written = written
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    const sinceMs = this.#device.nowMs()
    const bytes = this.#file.readNow(into, positionBytes)
    // through the page cache it is for what that has
    if (this.#written === undefined) this.#device.block(this.#moved(bytes, sinceMs))
    return bytes
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    const sinceMs = this.#device.nowMs()
    this.#file.read(into, positionBytes, (error, bytes) => {
      const isCached = this.#written?.has(positionBytes, bytes) === true
      if (error !== null || isCached) return done(error, bytes)
      this.#device.at(this.#moved(bytes, sinceMs), () => done(null, bytes))
    })
  }

  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number {
    const sinceMs = this.#device.nowMs()
    const bytes = this.#file.writeNow(pieces, positionBytes)
    this.#device.block(this.#wrote(positionBytes, bytes, sinceMs))
    return bytes
  }

  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void {
    const sinceMs = this.#device.nowMs()
    this.#file.write(pieces, positionBytes, (error, bytes) => {
      if (error !== null) return done(error, bytes)
      this.#device.at(this.#wrote(positionBytes, bytes, sinceMs), () => done(null, bytes))
    })
  }

  truncate(sizeBytes: number): void {
    this.#file.truncate(sizeBytes)
    this.#written?.cutTo(sizeBytes)
  }

  sizeBytes(): number {
    return this.#file.sizeBytes()
  }

  sync(done: IoDone): void {
    const endMs = this.#device.sync()
    this.#file.sync((error, bytes) => {
      if (error !== null) return done(error, bytes)
      this.#device.at(endMs, () => done(null, bytes))
    })
  }

  syncNow(): void {
    const endMs = this.#device.sync()
    this.#file.syncNow()
    this.#device.block(endMs)
  }

  close(): void {
    this.#file.close()
  }

  /** @returns when the write may end */
  #wrote(positionBytes: number, bytes: number, sinceMs: number): number {
    if (this.#written === undefined) return this.#moved(bytes, sinceMs)
    this.#written.wrote(positionBytes, bytes)
    return this.#device.wrote(bytes)
  }

  /** Nothing is moved at the end of a file. */
  #moved(bytes: number, sinceMs: number): number {
    return bytes === 0 ? 0 : this.#device.operate(bytes, sinceMs)
  }
}
