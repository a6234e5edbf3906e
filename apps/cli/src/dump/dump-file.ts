import { type FileHandle, open, stat } from 'node:fs/promises'

import { formatBytes, MIB, StorageError } from '@pafka/base'

const WHOLE_FILE_BYTES = 256 * MIB
const ZERO_CHECK_BYTES = MIB

/** A file that is only ever read. Its size is that of the moment it was opened. */
export class DumpFile {
  readonly path: string
  readonly sizeBytes: number
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path
    this.#handle = handle
    this.sizeBytes = sizeBytes
  }

  /** Rejects with the system error, or for what is no file: a pipe would be waited for. */
  static async open(path: string): Promise<DumpFile> {
    if (!(await stat(path)).isFile()) throw new StorageError(`${path} is no regular file`)
    const handle = await open(path, 'r')
    try {
      return new DumpFile(path, handle, (await handle.stat()).size)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** @returns bytes read; fewer than `into` holds only at the end. */
  async read(into: Buffer, positionBytes: number): Promise<number> {
    let count = 0
    while (count < into.length) {
      const rest = into.length - count
      const { bytesRead } = await this.#handle.read(into, count, rest, positionBytes + count)
      if (bytesRead === 0) break
      count += bytesRead
    }
    return count
  }

  /** Fewer bytes than asked for only at the end. */
  async bytes(positionBytes: number, length: number): Promise<Buffer> {
    const into = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.sizeBytes - positionBytes)))
    return into.subarray(0, await this.read(into, positionBytes))
  }

  /** For files that are small by nature. @throws StorageError for one that is not */
  async all(): Promise<Buffer> {
    if (this.sizeBytes > WHOLE_FILE_BYTES) {
      throw new StorageError(`${formatBytes(this.sizeBytes)} are too many for a file of this kind`)
    }
    return this.bytes(0, this.sizeBytes)
  }

  /** Whether nothing but zeros follows: room that was set aside. */
  async isZeroFrom(positionBytes: number): Promise<boolean> {
    for (let at = positionBytes; at < this.sizeBytes; at += ZERO_CHECK_BYTES) {
      const bytes = await this.bytes(at, ZERO_CHECK_BYTES)
      if (bytes.some((byte) => byte !== 0)) return false
    }
    return true
  }

  /** Whether it was written to since it was opened. */
  async hasGrown(): Promise<boolean> {
    return (await this.#handle.stat()).size > this.sizeBytes
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
