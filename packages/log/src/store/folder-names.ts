import { dirname, join } from 'node:path'

import { syncFile } from '../checkpoint/checkpoint-file.ts'
import type { FileSystem } from '../files/file-system.ts'
import { PARTITION_METADATA, writePartitionMetadata } from './property-files.ts'

interface Waiting {
  readonly folder: string
  readonly topicId: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes the folders of new partitions survive power loss, with the file that tells whose they are.
 * All that wait at a time are done together, and a log dir is synced once for them.
 */
export class FolderNames {
  readonly #files: FileSystem
  #waiting: Waiting[] = []
  #running = false

  constructor(files: FileSystem) {
    this.#files = files
  }

  /** Rejects with the system error. */
  sync(folder: string, topicId: string): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ folder, topicId, resolve, reject })
    })
    if (!this.#running) void this.#run()
    return done
  }

  async #run(): Promise<void> {
    this.#running = true
    await Promise.resolve() // those of the same turn come along
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const synced: Waiting[] = []
      for (const one of batch) if (await this.#syncOne(one)) synced.push(one)
      for (const dir of new Set(synced.map(({ folder }) => dirname(folder)))) {
        await this.#syncDir(
          dir,
          synced.filter(({ folder }) => dirname(folder) === dir),
        )
      }
    }
    this.#running = false
  }

  async #syncDir(dir: string, waiting: readonly Waiting[]): Promise<void> {
    try {
      await this.#files.syncFolder(dir)
      for (const { resolve } of waiting) resolve()
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  /** @returns false when it failed, which is told: the others go on without it. */
  async #syncOne({ folder, topicId, reject }: Waiting): Promise<boolean> {
    try {
      await this.#syncFolder(folder, topicId)
      return true
    } catch (error) {
      reject(error)
      return false
    }
  }

  async #syncFolder(folder: string, topicId: string): Promise<void> {
    const path = join(folder, PARTITION_METADATA)
    // power loss may have left the folder alone
    if (this.#files.stat(path) === undefined) writePartitionMetadata(this.#files, folder, topicId)
    const file = this.#files.open(path, 'update')
    try {
      await syncFile(file)
    } finally {
      file.close()
    }
    await this.#files.syncFolder(folder)
  }
}
