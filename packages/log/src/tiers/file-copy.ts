import { readAt, syncFile, writeWhole } from '../files/file-calls.ts'
import { DIRECT_BLOCK_BYTES, type FileSystem, type OpenFile } from '../files/file-system.ts'
import { patientCalls } from '../files/patient-calls.ts'
import { alignDown } from '../memory/aligned-memory.ts'

export interface FileCopyPlace {
  readonly folder: string
  /** Folders that hold it, if it may be new: its name is to be durable, too. */
  readonly parents: readonly string[]
  /** In the folder; the file has this name from `name` on. */
  readonly path: string
  /** Until then. */
  readonly beside: string
}

interface OpenedCopy {
  readonly plain: OpenFile
  readonly direct: OpenFile | undefined
}

/** A file that is written past the page cache, and gets its name when it is whole and durable. */
export class FileCopy {
  readonly #files: FileSystem
  readonly #place: FileCopyPlace
  readonly #plain: OpenFile
  readonly #direct: OpenFile | undefined
  #isOpen = true
  #isNamed = false
  #isKept = false

  private constructor(files: FileSystem, place: FileCopyPlace, opened: OpenedCopy) {
    this.#files = files
    this.#place = place
    this.#plain = opened.plain
    this.#direct = opened.direct
  }

  /** What was there before goes. Rejects with the system error. */
  static async begin(files: FileSystem, place: FileCopyPlace): Promise<FileCopy> {
    const names = patientCalls(files)
    await names.makeFolder(place.folder)
    const plain = await names.create(place.beside)
    try {
      const direct = await names.openDirect(place.beside, 'update')
      return new FileCopy(files, place, { plain, direct })
    } catch (error) {
      plain.close()
      throw error
    }
  }

  get path(): string {
    return this.#place.path
  }

  /** @param bytes aligned; what is no whole block goes through the page cache */
  async write(bytes: Buffer, positionBytes: number): Promise<void> {
    const direct = this.#direct
    const whole = direct === undefined ? 0 : alignDown(bytes.length, DIRECT_BLOCK_BYTES)
    if (direct !== undefined && whole > 0) {
      await writeWhole(direct, bytes.subarray(0, whole), positionBytes)
    }
    if (whole < bytes.length) {
      await writeWhole(this.#plain, bytes.subarray(whole), positionBytes + whole)
    }
  }

  async sync(): Promise<void> {
    await syncFile(this.#plain)
  }

  read(into: Buffer, positionBytes: number): Promise<number> {
    return readAt(this.#direct ?? this.#plain, into, positionBytes)
  }

  /** After `sync`: it has its name, and that survives power loss. */
  async name(): Promise<void> {
    const { folder, parents, path, beside } = this.#place
    this.#close()
    await patientCalls(this.#files).rename(beside, path)
    this.#isNamed = true
    for (const one of [folder, ...parents]) await this.#files.syncFolder(one)
  }

  /** It counts from now on, whatever fails after: nothing abandons it. */
  keep(): void {
    this.#isKept = true
  }

  async abandon(): Promise<void> {
    if (this.#isKept) return
    this.#close()
    await this.#files.remove(this.#isNamed ? this.#place.path : this.#place.beside)
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#direct?.close()
    this.#plain.close()
  }
}
