import { dirname, join } from 'node:path'

import { concurrently } from '@pafka/base'

import { syncAt } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import { PARTITION_METADATA, readTopicId, writePartitionMetadata } from './property-files.ts'

interface Waiting {
  readonly folder: string
  readonly topicId: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const SYNCED_TOGETHER = 2

/**
 * Makes the folders of new partitions survive power loss, with the file that tells whose they are.
 * All that wait at a time are done together, and a log dir is synced once for them.
 */
export class FolderNames {
  readonly #files: FileSystem
  readonly #togetherFrom: number
  #waiting: Waiting[] = []
  #running = false

  /** @param togetherFrom folders from which on it is worth to have all written out first */
  constructor(files: FileSystem, togetherFrom: number) {
    this.#files = files
    this.#togetherFrom = togetherFrom
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
      for (const [dir, some] of Map.groupBy(batch, ({ folder }) => dirname(folder))) {
        await this.#sync(dir, some)
      }
    }
    this.#running = false
  }

  async #sync(dir: string, waiting: readonly Waiting[]): Promise<void> {
    const written = waiting.filter((one) => this.#write(one))
    if (written.length >= this.#togetherFrom) await this.#files.hastenSyncs(dir)
    const synced: Waiting[] = []
    await concurrently(written, SYNCED_TOGETHER, async (one) => {
      if (await this.#syncOne(one)) synced.push(one)
    })
    if (synced.length > 0) await this.#syncDir(dir, synced)
  }

  /**
   * Power loss may have left the folder alone, or damage the file empty. @returns false when it
   * failed, which is told.
   */
  #write({ folder, topicId, reject }: Waiting): boolean {
    try {
      const isThere = this.#files.stat(join(folder, PARTITION_METADATA)) !== undefined
      const isRight = isThere && readTopicId(this.#files, folder) === topicId
      if (!isRight) writePartitionMetadata(this.#files, folder, topicId)
      return true
    } catch (error) {
      reject(error)
      return false
    }
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
  async #syncOne(one: Waiting): Promise<boolean> {
    try {
      await this.#syncFolder(one.folder)
      return true
    } catch (error) {
      one.reject(error)
      return false
    }
  }

  async #syncFolder(folder: string): Promise<void> {
    await syncAt(this.#files, join(folder, PARTITION_METADATA))
    await this.#files.syncFolder(folder)
  }
}
