import { StorageError } from '@pafka/base'

import { readAt } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { IndexFile } from './index-file.ts'

/** Whole indexes in memory, the least recently used of them dropped beyond a number of bytes. */
export class IndexCache {
  readonly #files: FileSystem
  readonly #limitBytes: number
  readonly #loaded = new Map<IndexFile, Buffer>()
  #bytes = 0

  constructor(files: FileSystem, limitBytes: number) {
    this.#files = files
    this.#limitBytes = limitBytes
  }

  /** Entries before the window of `index`, if they are at hand. */
  at(index: IndexFile): Buffer | undefined {
    const found = this.#loaded.get(index)
    if (found === undefined) return undefined
    if (found.length < index.windowFrom * index.entryBytes) return undefined
    this.#loaded.delete(index)
    this.#loaded.set(index, found)
    return found
  }

  /** Reads them off the thread. Rejects with the system error. */
  async load(index: IndexFile): Promise<void> {
    const bytes = Buffer.allocUnsafeSlow(index.windowFrom * index.entryBytes)
    const file = this.#files.open(index.path, 'read')
    const read = await readAt(file, bytes, 0).finally(() => file.close())
    if (read < bytes.length) throw new StorageError(`${index.path} lost its end`)
    this.drop(index)
    this.#loaded.set(index, bytes)
    this.#bytes += bytes.length
    for (const old of this.#loaded.keys()) {
      if (this.#bytes <= this.#limitBytes || old === index) break
      this.drop(old)
    }
  }

  drop(index: IndexFile): void {
    const found = this.#loaded.get(index)
    if (found === undefined) return
    this.#loaded.delete(index)
    this.#bytes -= found.length
  }
}
