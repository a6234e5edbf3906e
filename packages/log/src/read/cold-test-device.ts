import type { OpenFile, OpenMode } from '../files/file-system.ts'
import { SimulatedDisk } from '../files/simulated-disk.ts'
import type { ColdFile } from './cold-file.ts'

export interface DeviceRead {
  readonly path: string
  readonly positionBytes: number
  readonly lengthBytes: number
}

/** For tests: a disk that tells what was read past the page cache, and is as slow as wished. */
export class TestDevice {
  readonly disk: SimulatedDisk = SimulatedDisk.create()
  readonly reads: DeviceRead[] = []
  /** Reads wait until `finishOne` or until this is cleared by `finishAll`. */
  isHeld = false
  /** No read gives more. */
  mostBytes: number = Number.POSITIVE_INFINITY
  openHandles = 0
  #inFlight = 0
  #mostInFlight = 0
  readonly #waiting: (() => void)[] = []

  get inFlight(): number {
    return this.#inFlight
  }

  get mostInFlight(): number {
    return this.#mostInFlight
  }

  write(path: string, bytes: Uint8Array, positionBytes = 0): TestFile {
    const file = this.disk.open(path, 'write')
    file.writeNow([bytes], positionBytes)
    return new TestFile(this.disk, path)
  }

  openDirect(path: string, mode: OpenMode, durable: boolean): OpenFile | undefined {
    const file = this.disk.openDirect(path, mode, durable)
    if (file === undefined) return undefined
    this.openHandles += 1
    let isOpen = true
    const read: OpenFile['read'] = (into, positionBytes, done) => {
      if (!isOpen) throw new Error('read of a closed file')
      this.reads.push({ path, positionBytes, lengthBytes: into.length })
      this.#inFlight += 1
      this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight)
      const begin = (): void =>
        file.read(into.subarray(0, this.mostBytes), positionBytes, (error, bytes) => {
          this.#inFlight -= 1
          done(error, bytes)
        })
      if (this.isHeld) this.#waiting.push(begin)
      else begin()
    }
    const close = (): void => {
      if (isOpen) this.openHandles -= 1
      isOpen = false
    }
    return Object.assign(Object.create(file) as OpenFile, { read, close })
  }

  /** The read that has been in flight for longest. */
  async finishOne(): Promise<void> {
    this.#waiting.shift()?.()
    await turn()
  }

  async finishAll(): Promise<void> {
    this.isHeld = false
    while (this.#waiting.length > 0) this.#waiting.shift()?.()
    await this.quiet()
  }

  /** Until nothing is read any more. */
  async quiet(): Promise<void> {
    do await turn()
    while (this.#inFlight > 0)
  }
}

/** For tests: a file with a handle of its own, counted as a segment of a log counts it. */
export class TestFile implements ColdFile {
  readonly path: string
  deleted = false
  uses = 0
  readonly #disk: SimulatedDisk
  #file: OpenFile | undefined

  constructor(disk: SimulatedDisk, path: string) {
    this.#disk = disk
    this.path = path
  }

  file(): OpenFile {
    this.#file ??= this.#disk.open(this.path, 'read')
    return this.#file
  }

  hold(): void {
    this.file()
    this.uses += 1
  }

  release(): void {
    this.uses -= 1
  }
}

/** Everything that is due has happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve))
  })
}
