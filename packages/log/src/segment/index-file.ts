import { syncFile } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'

/** Entries kept in memory at the end of an index that grows; the rest is on disk. */
const WINDOW_ENTRIES = 256
const FIRST_ENTRIES = 8

/**
 * Sorted entries of fixed size, as in the file, the newest of them in memory. The file lags behind
 * until `flush`: a crash loses entries that recovery makes again. What is older than the window is
 * read on demand, into `IndexCache`.
 */
export class IndexFile {
  readonly entryBytes: number
  readonly #files: FileSystem
  #path: string
  /** Entries in the file; those before `#windowFrom` are only there. */
  #storedEntries: number
  #windowFrom: number
  #window: Buffer = EMPTY
  #entries: number
  #durableEntries = 0
  /** The file is longer than it is to be. */
  #hasSurplus = false
  /** It was cut, maybe by the process before, and power loss may bring back what it had. */
  #isLooselyCut: boolean

  constructor(files: FileSystem, path: string, entryBytes: number) {
    this.#files = files
    this.#path = path
    this.entryBytes = entryBytes
    const found = files.stat(path)
    const entries = Math.floor((found?.sizeBytes ?? 0) / entryBytes)
    this.#entries = this.#storedEntries = this.#windowFrom = entries
    this.#isLooselyCut = found !== undefined
  }

  get entries(): number {
    return this.#entries
  }

  /** Those that the file has, durable or not. */
  get storedEntries(): number {
    return this.#storedEntries
  }

  /** Those that survive power loss: none that were there when it was opened, unless adopted. */
  get durableEntries(): number {
    return Math.min(this.#durableEntries, this.#storedEntries)
  }

  /** First entry that is in memory. */
  get windowFrom(): number {
    return this.#windowFrom
  }

  get window(): Buffer {
    return this.#window
  }

  get path(): string {
    return this.#path
  }

  /** What follows the entries in the file goes with the next flush. */
  get hasSurplus(): boolean {
    return this.#hasSurplus
  }

  moveTo(path: string): void {
    this.#path = path
  }

  /**
   * Takes the first `entries` of the file for all; what follows them goes with the next flush.
   * @returns false when the file has fewer
   */
  adopt(entries: number): boolean {
    if (entries > this.#storedEntries) return false
    this.#hasSurplus ||= entries < this.#storedEntries
    this.#entries = this.#storedEntries = this.#windowFrom = this.#durableEntries = entries
    return true
  }

  /** Room for one more entry. @returns where in `window` to write it; counted at once. */
  push(): number {
    if (this.#entries - this.#windowFrom >= 2 * WINDOW_ENTRIES) this.#slide()
    const at = (this.#entries - this.#windowFrom) * this.entryBytes
    if (at + this.entryBytes > this.#window.length) this.#grow(at)
    this.#entries += 1
    return at
  }

  /** Writes what the file lacks. Not durable. */
  flush(): void {
    if (this.#storedEntries === this.#entries && !this.#hasSurplus) return
    const from = (this.#storedEntries - this.#windowFrom) * this.entryBytes
    const to = (this.#entries - this.#windowFrom) * this.entryBytes
    const file = this.#files.open(this.#path, 'write')
    try {
      let at = from
      while (at < to) {
        const position = this.#windowFrom * this.entryBytes + at
        at += file.writeNow([this.#window.subarray(at, to)], position)
      }
      if (this.#hasSurplus) file.truncate(this.#entries * this.entryBytes)
      this.#isLooselyCut ||= this.#hasSurplus
      this.#hasSurplus = false
    } finally {
      file.close()
    }
    this.#storedEntries = this.#entries
  }

  /**
   * What the file has survives power loss after it. Rejects with the system error.
   * @param alsoCuts nor does what it had before come back
   */
  async sync(alsoCuts = false): Promise<void> {
    const entries = this.#storedEntries
    if (entries <= this.#durableEntries && !(alsoCuts && this.#isLooselyCut)) return
    const file = this.#files.open(this.#path, 'update')
    try {
      await syncFile(file)
    } finally {
      file.close()
    }
    this.#durableEntries = entries
    this.#isLooselyCut = false
  }

  /** A file that is there, even without entries: a missing one means damage. */
  ensure(): void {
    this.flush()
    if (this.#entries > 0 || this.#files.stat(this.#path) !== undefined) return
    this.#files.writeFile(this.#path, EMPTY)
  }

  /** Keeps the first `entries`. */
  truncate(entries: number): void {
    if (entries >= this.#entries) return
    this.#entries = entries
    if (entries < this.#windowFrom) {
      this.#windowFrom = entries
      this.#window = EMPTY
    }
    if (entries >= this.#storedEntries) return
    this.#storedEntries = entries
    this.#durableEntries = Math.min(this.#durableEntries, entries)
    this.#isLooselyCut = true
    const file = this.#files.open(this.#path, 'update')
    try {
      file.truncate(entries * this.entryBytes)
    } finally {
      file.close()
    }
  }

  /** Empties the index, whatever the file holds. */
  reset(): void {
    this.#entries = this.#storedEntries = this.#windowFrom = this.#durableEntries = 0
    this.#window = EMPTY
    if (this.#files.stat(this.#path) === undefined) return
    const file = this.#files.open(this.#path, 'update')
    try {
      file.truncate(0)
    } finally {
      file.close()
    }
  }

  /** One entry, from the window or the file. @returns its bytes, or undefined when not there. */
  entryAt(index: number): Buffer | undefined {
    if (index < 0 || index >= this.#entries) return undefined
    if (index >= this.#windowFrom) {
      const at = (index - this.#windowFrom) * this.entryBytes
      return this.#window.subarray(at, at + this.entryBytes)
    }
    const bytes = Buffer.alloc(this.entryBytes)
    const file = this.#files.open(this.#path, 'read')
    try {
      const read = file.readNow(bytes, index * this.entryBytes)
      return read === bytes.length ? bytes : undefined
    } finally {
      file.close()
    }
  }

  /** A full disk must not fail an append here: the window grows, and `flush` is tried again. */
  #slide(): void {
    try {
      this.flush()
    } catch {
      return
    }
    const gone = WINDOW_ENTRIES * this.entryBytes
    this.#window.copyWithin(0, gone)
    this.#windowFrom += WINDOW_ENTRIES
  }

  #grow(usedBytes: number): void {
    const grown = Buffer.alloc(Math.max(FIRST_ENTRIES * this.entryBytes, usedBytes * 2))
    this.#window.copy(grown, 0, 0, usedBytes)
    this.#window = grown
  }
}

const EMPTY = Buffer.alloc(0)
