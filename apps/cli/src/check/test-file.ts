import { join } from 'node:path'

import { errnoOf } from '@pafka/base'
import { alignedMemory, type FileSystem, type OpenFile } from '@pafka/log'

/** A file mapped on persistent memory, or in memory. */
export type Region = NonNullable<ReturnType<FileSystem['map']>>

/** Memory, positions and lengths of direct I/O are multiples of it. */
export const BLOCK_BYTES = 4096

/** Addresses that are mapped, of which a part is used. */
const MAPPED_BYTES = 64 << 20

/**
 * How bytes get to the file, as the broker's journal chooses it: `direct` past the page cache,
 * `buffered` through it, `memory` for a file system that is memory.
 */
export type TestIo = 'direct' | 'buffered' | 'memory'

/**
 * A file to measure with. Its name goes as soon as it is open, so that nothing is left in the
 * folder however this process ends; its blocks go when it is closed.
 */
export class TestFile {
  readonly io: TestIo
  readonly plain: OpenFile
  /** A write to it that ended outlives a power cut; undefined where that takes a sync. */
  readonly durable: OpenFile | undefined
  /** Where memory is the medium and can be mapped. */
  readonly region: Region | undefined
  readonly #files: FileSystem
  readonly #path: string

  private constructor(files: FileSystem, path: string, isInMemory: boolean) {
    this.#files = files
    this.#path = path
    this.durable = isInMemory ? undefined : openDurable(files, path)
    try {
      this.plain =
        (this.durable && files.openDirect(path, 'update', false)) ?? openPlain(files, path)
    } catch (error) {
      this.durable?.close()
      throw error
    }
    this.io = isInMemory ? 'memory' : this.durable === undefined ? 'buffered' : 'direct'
    this.region = mapped(files, path)
  }

  /** @param name of no file that is there. Rejects with the system error. */
  static async create(files: FileSystem, folder: string, name: string): Promise<TestFile> {
    const path = join(folder, name)
    try {
      const file = new TestFile(files, path, files.isInMemory(folder))
      await files.remove(path).catch(() => undefined) // some systems refuse it of an open file
      return file
    } catch (error) {
      await files.remove(path).catch(() => undefined)
      throw error
    }
  }

  /** Nothing may be in flight. */
  async close(): Promise<void> {
    this.region?.close()
    this.durable?.close()
    this.plain.close()
    await this.#files.remove(this.#path)
  }
}

/** An empty file is not mapped. */
function openPlain(files: FileSystem, path: string): OpenFile {
  const file = files.open(path, 'write')
  try {
    file.writeNow([Buffer.alloc(BLOCK_BYTES)], 0)
    return file
  } catch (error) {
    file.close()
    throw error
  }
}

/** Some file systems take the flag and refuse the write, so one is tried. */
function openDurable(files: FileSystem, path: string): OpenFile | undefined {
  const file = files.openDirect(path, 'write', true)
  if (file === undefined) return undefined
  try {
    file.writeNow([alignedMemory(BLOCK_BYTES)], 0)
    return file
  } catch (error) {
    file.close()
    if (errnoOf(error) === 'EINVAL') return undefined
    throw error
  }
}

function mapped(files: FileSystem, path: string): Region | undefined {
  try {
    return files.map(path, MAPPED_BYTES)
  } catch {
    return undefined // then it is written as any file
  }
}
