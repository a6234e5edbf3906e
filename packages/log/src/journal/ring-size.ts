import { dirname, join } from 'node:path'

import { encodeCheckpoint, readCheckpoint, replaceDurably } from '../checkpoint/checkpoint-file.ts'
import type { FileSystem } from '../files/file-system.ts'
import { RING_SIZE_NAME } from './journal-files.ts'

/** What a file beside the ring says of its size; 0 where it says nothing. */
export function ringSizeBeside(files: FileSystem, ringPath: string): number {
  const [line] = readCheckpoint(files, join(dirname(ringPath), RING_SIZE_NAME), 0) ?? []
  const bytes = Number(line ?? 0)
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0
}

/**
 * Keeps that file: a ring that is found shorter was cut, and rounds are gone with its end. It is
 * written at each start, and while the ring grows whenever that has doubled, so that it says half
 * of the truth at least.
 */
export class RingSize {
  readonly #files: FileSystem
  readonly #path: string
  #toldBytes: number
  #telling: Promise<void> | undefined

  constructor(files: FileSystem, ringPath: string) {
    this.#files = files
    this.#path = join(dirname(ringPath), RING_SIZE_NAME)
    this.#toldBytes = ringSizeBeside(files, ringPath)
  }

  get toldBytes(): number {
    return this.#toldBytes
  }

  /** So many outlive power loss, more or less than was told. Rejects with the system error. */
  async tell(bytes: number): Promise<void> {
    await this.#telling
    await replaceDurably(this.#files, this.#path, encodeCheckpoint(0, [String(bytes)]))
    this.#toldBytes = bytes
  }

  /** As `tell`, in the background, when it has doubled. */
  grew(bytes: number): void {
    if (this.#telling !== undefined || bytes < 2 * this.#toldBytes) return
    this.#telling = this.tell(bytes)
      .catch(() => undefined) // when it grows again, or the next start, says it
      .finally(() => (this.#telling = undefined))
  }

  /** Nothing of it is under way any more. */
  async settled(): Promise<void> {
    await this.#telling
  }
}
