import { assert, type Clock, KIB, MIB, SECOND_MS, StorageError } from '@pafka/base'
import { PmemError } from '@pafka/pmem'
import { BATCH_MAGIC_END } from '@pafka/protocol'

import { asError, outOfSpace } from '../files/as-error.ts'
import type { FileSystem, IoDone, OpenFile, OpenMode } from '../files/file-system.ts'
import { alignDown, alignUp } from '../memory/aligned-memory.ts'
import type { ReadMemory } from '../read/read-memory.ts'
import { LentMemory } from './lent-memory.ts'

const WORD_BYTES = 8
/** Of an append, among which is the word with the magic, wherever it begins. */
const HEAD_BYTES = BATCH_MAGIC_END + WORD_BYTES
/** It grows by as much as it has, within these. */
const LEAST_GROWTH_BYTES = 64 * KIB
const MOST_GROWTH_BYTES = MIB
/** Addresses behind its end that are mapped ahead. V8 counts all that it sees as its own memory. */
const LEAST_RESERVE_BYTES = 512 * KIB
const MOST_RESERVE_BYTES = 64 * MIB

/** So long what was known of the size of a file is believed. */
const SIZE_KNOWN_MS = SECOND_MS

const ZEROS: Buffer = Buffer.alloc(LEAST_GROWTH_BYTES)

/** What it works with. */
export interface MappedLogFileParts {
  readonly files: FileSystem
  readonly clock: Clock
}

/**
 * The log file of a segment on persistent memory: an append is stores and two fences, no call of
 * the system. Behind its end the file has zeros, up to some growth.
 *
 * The end is where no batch begins. All of an append is stored and fenced but the eight aligned
 * bytes that hold the magic of its first batch; these follow, and are fenced. So power loss leaves
 * the whole append, or what no reader takes for a batch: magic 0. A file that was not closed in
 * order ends like one that Kafka preallocated, and is cut to its batches by recovery.
 *
 * Where somebody else cut the file, pages that are gone are told of by the processor. Not so what
 * is gone of the last page that is left, which takes stores and loses them, and what is gone when
 * the file has grown again: so its size is looked at, too.
 */
export class MappedLogFile implements OpenFile {
  readonly #files: FileSystem
  readonly #clock: Clock
  readonly #path: string
  readonly #plain: OpenFile
  #memory: LentMemory | undefined
  /** What was written ends there. */
  #endBytes: number
  /** Of the file. */
  #capacityBytes: number
  #sizeSeenMs: number

  private constructor(parts: MappedLogFileParts, path: string, plain: OpenFile) {
    this.#files = parts.files
    this.#clock = parts.clock
    this.#path = path
    this.#plain = plain
    this.#endBytes = this.#capacityBytes = plain.sizeBytes()
    this.#sizeSeenMs = this.#clock.monotonicMs()
  }

  /** @throws the system error; StorageError where memory is not the medium */
  static open(parts: MappedLogFileParts, path: string, mode: OpenMode): MappedLogFile {
    return new MappedLogFile(parts, path, parts.files.open(path, mode))
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    const bytes = this.#has(positionBytes, into.length)
    if (bytes === 0) return 0
    const { region } = this.#mapped()
    into.set(region.view.subarray(positionBytes, positionBytes + bytes))
    if (region.error !== undefined) throw region.error // what was copied may be zeros
    return bytes
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    settle(done, () => this.readNow(into, positionBytes))
  }

  borrow(positionBytes: number, lengthBytes: number): ReadMemory {
    return this.#mapped().lend(positionBytes, this.#has(positionBytes, lengthBytes))
  }

  /** So many of the bytes that are asked for. */
  #has(positionBytes: number, lengthBytes: number): number {
    this.#checkSize()
    const endBytes = positionBytes + lengthBytes
    // somebody else may have written to it
    const mayBeLonger = endBytes > this.#endBytes && this.#capacityBytes === this.#endBytes
    if (mayBeLonger) this.#endBytes = this.#capacityBytes = this.#wholeBytes()
    return Math.max(0, Math.min(endBytes, this.#endBytes) - positionBytes)
  }

  /** Whole batches, of which the magic of the first is the mark of all. */
  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number {
    const [head] = pieces
    if (head === undefined) return 0
    if (head.length < HEAD_BYTES && pieces.length > 1) {
      return this.writeNow([Buffer.concat(pieces)], positionBytes)
    }
    const endBytes = pieces.reduce((at, { length }) => at + length, positionBytes)
    if (endBytes > this.#capacityBytes) this.#grow(positionBytes, endBytes)
    else this.#checkSize()
    const { region } = this.#mapped()
    const mark = alignDown(positionBytes + BATCH_MAGIC_END - 1, WORD_BYTES)
    const word = head.subarray(mark - positionBytes, mark - positionBytes + WORD_BYTES)
    assert(word.length === WORD_BYTES, 'a batch goes on behind its magic')
    region.copy(head.subarray(0, mark - positionBytes), positionBytes)
    region.copy(head.subarray(mark - positionBytes + WORD_BYTES), mark + WORD_BYTES)
    let at = positionBytes + head.length
    for (let piece = 1; piece < pieces.length; piece++) {
      const bytes = pieces[piece] as Uint8Array
      region.copy(bytes, at)
      at += bytes.length
    }
    region.fence()
    region.store64(mark, littleEndian(word))
    this.#endBytes = Math.max(this.#endBytes, endBytes)
    return endBytes - positionBytes
  }

  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void {
    settle(done, () => this.writeNow(pieces, positionBytes))
  }

  truncate(sizeBytes: number): void {
    // whoever reads behind the end must not meet what is not there
    if (sizeBytes < this.#endBytes) this.#unmap()
    this.#plain.truncate(sizeBytes)
    this.#capacityBytes = sizeBytes
    this.#endBytes = Math.min(this.#endBytes, sizeBytes)
  }

  sizeBytes(): number {
    return this.#endBytes
  }

  /** The file ends where its batches do, durably. */
  sync(done: IoDone): void {
    try {
      this.#trim()
    } catch (error) {
      return done(asError(error), 0)
    }
    this.#plain.sync(done)
  }

  syncNow(): void {
    this.#trim()
    this.#plain.syncNow()
  }

  close(): void {
    try {
      this.#trim()
    } catch {
      // as after a crash, it is cut by recovery
    }
    this.#unmap()
    this.#plain.close()
  }

  #trim(): void {
    if (this.#capacityBytes === this.#endBytes) return
    this.#wholeBytes() // or the end of what was cut would come back as zeros
    this.#plain.truncate(this.#endBytes)
    this.#capacityBytes = this.#endBytes
  }

  /** All or nothing: a disk that is full must not be found out by a store. */
  #grow(positionBytes: number, endBytes: number): void {
    const before = this.#wholeBytes() // others may have written to it
    if (positionBytes > before) throw this.#cutTo(before, positionBytes)
    const growth = Math.min(Math.max(before, LEAST_GROWTH_BYTES), MOST_GROWTH_BYTES)
    const after = alignUp(Math.max(endBytes, before + growth), ZEROS.length)
    try {
      for (let at = before; at < after;) {
        const zeros = after - at < ZEROS.length ? ZEROS.subarray(0, after - at) : ZEROS
        const bytes = this.#plain.writeNow([zeros], at)
        if (bytes === 0) throw outOfSpace(`no room for ${this.#path}`)
        at += bytes
      }
    } catch (error) {
      this.#plain.truncate(before)
      throw error
    }
    this.#capacityBytes = after
  }

  /** At most once in so long: it is a call of the system. */
  #checkSize(): void {
    if (this.#clock.monotonicMs() - this.#sizeSeenMs >= SIZE_KNOWN_MS) this.#wholeBytes()
  }

  /** Size of the file. @throws PmemError when somebody else cut it */
  #wholeBytes(): number {
    const sizeBytes = this.#plain.sizeBytes()
    if (sizeBytes < this.#capacityBytes) throw this.#cutTo(sizeBytes, this.#capacityBytes)
    this.#sizeSeenMs = this.#clock.monotonicMs()
    return sizeBytes
  }

  #cutTo(sizeBytes: number, knownBytes: number): PmemError {
    const found = `it has ${sizeBytes} bytes of ${knownBytes}`
    return new PmemError('EIO', `${this.#path} was truncated by somebody else: ${found} (EIO)`)
  }

  #mapped(): LentMemory {
    const failure = this.#memory?.region.error
    if (failure !== undefined) throw failure // another mapping would have the zeros alone
    if (this.#memory !== undefined && this.#memory.region.sizeBytes >= this.#capacityBytes) {
      return this.#memory
    }
    this.#unmap()
    const fileBytes = this.#capacityBytes
    const aheadBytes = Math.min(Math.max(fileBytes, LEAST_RESERVE_BYTES), MOST_RESERVE_BYTES)
    const isGrowing = this.#capacityBytes > this.#endBytes
    const region = this.#files.map(this.#path, isGrowing ? fileBytes + aheadBytes : fileBytes)
    if (region === undefined) throw new StorageError(`${this.#path} is not on persistent memory`)
    this.#memory = new LentMemory(region)
    return this.#memory
  }

  #unmap(): void {
    this.#memory?.close()
    this.#memory = undefined
  }
}

function littleEndian(word: Uint8Array): bigint {
  return new DataView(word.buffer, word.byteOffset).getBigUint64(0, true)
}

/** As if a thread had done it: whoever asked is told once. */
function settle(done: IoDone, action: () => number): void {
  let bytes = 0
  try {
    bytes = action()
  } catch (error) {
    return done(asError(error), 0)
  }
  done(null, bytes)
}
