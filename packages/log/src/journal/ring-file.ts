import { dirname } from 'node:path'

import { errnoOf, KIB, MIB } from '@pafka/base'
import type { PmemCapability } from '@pafka/pmem'

import { asError, outOfSpace } from '../files/as-error.ts'
import { readAt, writeAll } from '../files/file-calls.ts'
import { DIRECT_BLOCK_BYTES, type FileSystem, type OpenFile } from '../files/file-system.ts'
import { alignDown, alignedMemory } from '../memory/aligned-memory.ts'
import { MappedRing } from './mapped-ring.ts'
import { RingSize } from './ring-size.ts'

/** Bytes of one write that makes room. */
export const PIECE_BYTES: number = 4 * MIB

const ZEROS_BYTES = 256 * KIB
let zeros: Buffer | undefined

/** So many, over and over the same: fresh ones for each write would keep the collector busy. */
function zerosOf(bytes: number): Buffer[] {
  zeros ??= alignedMemory(ZEROS_BYTES)
  const whole = Math.floor(bytes / ZEROS_BYTES)
  const list = Array.from({ length: whole }, () => zeros as Buffer)
  if (bytes > whole * ZEROS_BYTES) list.push(zeros.subarray(0, bytes - whole * ZEROS_BYTES))
  return list
}

/**
 * How bytes get from memory to the medium. `mapped` is stores to a medium that is memory itself,
 * `memory` buffered writes to one that cannot be mapped here.
 */
export type RingIo = 'direct' | 'buffered' | 'memory' | 'mapped'

export type Barrier = 'none' | 'own' | 'all'

/** The file of a ring: one write in flight, and beside it one that makes room for more. */
export class RingFile {
  readonly path: string
  readonly io: RingIo
  /** Gone with the power, whatever is synced. */
  readonly isInMemory: boolean
  /** Its size before it was opened. */
  readonly foundBytes: number
  /** Its size was more once, durably. */
  readonly isShorter: boolean
  /** Bytes from the beginning on that were written once. */
  preparedBytes: number
  readonly #durable: OpenFile
  readonly #plain: OpenFile
  readonly #memory: MappedRing | undefined
  readonly #pieceBytes: number
  readonly #size: RingSize
  #syncError: Error | undefined
  /** Until a piece is prepared; a file that is closed meanwhile is open until then. */
  #preparing: Promise<void> | undefined
  #isClosed = false

  /** Opens or makes it. @throws the system error */
  constructor(files: FileSystem, path: string, pieceBytes: number) {
    this.path = path
    this.#pieceBytes = pieceBytes
    this.foundBytes = files.stat(path)?.sizeBytes ?? 0
    this.#size = new RingSize(files, path)
    this.isShorter = this.foundBytes < this.#size.toldBytes
    this.isInMemory = files.isInMemory(dirname(path))
    const durable = this.isInMemory ? undefined : openDirectly(files, path, pieceBytes)
    this.#plain = (durable && files.openDirect(path, 'update', false)) ?? files.open(path, 'write')
    this.#durable = durable ?? this.#plain
    // not whole pieces: power loss may have left less of the last one, with rounds in it
    this.preparedBytes = this.sizeBytes
    if (this.preparedBytes === 0) this.#begin()
    this.#memory = MappedRing.over(files, path)
    this.io = this.#memory === undefined ? ioOf(durable, this.isInMemory) : 'mapped'
  }

  /** What was found where it is mapped. */
  get capability(): PmemCapability | undefined {
    return this.#memory?.capability
  }

  /**
   * Writes a whole round. A write that failed is never tried again: what of it lies on the medium
   * is unknown. With a barrier the round survives power loss when `done` ran without an error;
   * `all` also takes along what was written without one, `own` need not.
   */
  write(
    bytes: Buffer,
    positionBytes: number,
    barrier: Barrier,
    done: (error: Error | null) => void,
  ): void {
    if (this.#memory !== undefined)
      return this.#memory.write(bytes, positionBytes, barrier !== 'none', done)
    const isDurable = barrier === 'own' && this.io === 'direct'
    const file = isDurable ? this.#durable : this.#plain
    writeAll(file, bytes, positionBytes, (error) => {
      if (error !== null || barrier === 'none' || isDurable) return done(error)
      this.#sync(done)
    })
  }

  /** By which the file grows when it grows next; 0 when it has that already. */
  get growthBytes(): number {
    return Math.max(0, this.preparedBytes + this.#nextBytes - this.sizeBytes)
  }

  get #nextBytes(): number {
    return this.#pieceBytes - (this.preparedBytes % this.#pieceBytes)
  }

  /**
   * Writes zeros from what is prepared to the end of a piece, as the background's work. All of them
   * or none: on a full disk, what the ring cannot use is the last that others get.
   */
  prepare(done: (error: Error | null) => void): void {
    const bytes = this.#nextBytes
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#preparing = promise
    const ended = (error: Error | null): void => {
      this.#preparing = undefined
      if (this.#isClosed) this.#plain.close()
      resolve()
      done(error)
    }
    this.#plain.write(zerosOf(bytes), this.preparedBytes, (error, count) => {
      if (error !== null || count < bytes) {
        this.#giveBack()
        return ended(error ?? noRoom())
      }
      this.#sync((problem) => {
        if (problem === null) this.#grewBy(bytes)
        ended(problem)
      })
    })
  }

  #grewBy(bytes: number): void {
    this.preparedBytes += bytes
    this.#size.grew(this.preparedBytes)
  }

  /** A file beside it tells its size, of which power loss takes nothing. Rejects as `sync`. */
  async tellSize(): Promise<void> {
    const { preparedBytes } = this
    if (preparedBytes === this.#size.toldBytes) return
    await this.sync()
    await this.#size.tell(preparedBytes)
  }

  /** As `tellSize`, before it is cut. */
  tellSizeOf(bytes: number): Promise<void> {
    return this.#size.tell(bytes)
  }

  /** Nothing is placed behind that end any more. */
  cutTo(bytes: number): void {
    if (this.#isClosed) return
    this.preparedBytes = bytes
    this.#giveBack()
  }

  /** No round was written: the next start is to find it as this one did. */
  leave(): void {
    if (this.#isClosed) return
    this.preparedBytes = this.foundBytes
    this.#giveBack()
  }

  /** Neither it nor the file beside it that tells its size is being written any more. */
  async settled(): Promise<void> {
    await this.#preparing
    await this.#size.settled()
  }

  /**
   * As direct I/O begins, so that a disk that fills up finds it with some room: only `prepare`
   * makes that outlive a power cut.
   */
  #begin(): void {
    try {
      this.#plain.writeNow(zerosOf(this.#pieceBytes), 0)
    } catch {
      this.#giveBack() // the first round tells
    }
  }

  #giveBack(): void {
    try {
      this.#plain.truncate(this.preparedBytes)
    } catch {
      // whoever could not make room knows why
    }
  }

  /** All that was written survives power loss after it. Rejects with the system error. */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sync((error) => {
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  /** One that failed may have been about any write: none that follows it is believed. */
  #sync(done: (error: Error | null) => void): void {
    this.#syncError ??= this.#memory?.fence()
    this.#plain.sync((error) => {
      this.#syncError ??= error ?? undefined
      done(this.#syncError ?? null)
    })
  }

  /** Whole blocks of it: power loss may leave the file with another size. */
  get sizeBytes(): number {
    return alignDown(this.#plain.sizeBytes(), DIRECT_BLOCK_BYTES)
  }

  /** @returns bytes read; fewer than asked for only at the end. */
  read(into: Buffer, positionBytes: number): Promise<number> {
    return readAt(this.#plain, into, positionBytes)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    this.#isClosed = true
    this.#memory?.close()
    if (this.#plain !== this.#durable) this.#durable.close()
    // zeros on their way would go to whatever file has its number next
    if (this.#preparing === undefined) this.#plain.close()
  }
}

function ioOf(durable: OpenFile | undefined, isInMemory: boolean): RingIo {
  if (isInMemory) return 'memory'
  return durable === undefined ? 'buffered' : 'direct'
}

export function noRoom(): Error {
  return outOfSpace('no room for the journal')
}

/** Some file systems take the flag and refuse the write, so one is tried. */
function openDirectly(files: FileSystem, path: string, pieceBytes: number): OpenFile | undefined {
  const file = files.openDirect(path, 'write', true)
  if (file === undefined) return undefined
  try {
    if (file.sizeBytes() === 0) file.writeNow(zerosOf(pieceBytes), 0)
    return file
  } catch (error) {
    file.close()
    if (errnoOf(error) === 'EINVAL') return undefined
    throw asError(error)
  }
}
