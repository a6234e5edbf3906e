import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { ConfigError, messageOf } from '@pafka/base'

import { newMark } from './lab-mark.ts'

/** Folders that a lab made, which go with it. */
export class OwnFolders implements AsyncDisposable {
  readonly #paths: string[] = []

  /**
   * @param parent is to be there: what is not is not made
   * @param option that named it
   * @returns a new folder in it
   * @throws {ConfigError} when none can be made
   */
  add(parent: string, option: string): string {
    const path = join(parent, newMark())
    try {
      // not recursive: Node does not come back from that in /proc
      mkdirSync(path, { mode: 0o700 })
    } catch (error) {
      throw new ConfigError([`${option}: no folder can be made there: ${messageOf(error)}`])
    }
    this.#paths.push(path)
    return path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#paths.map(async (path) => rm(path, { recursive: true, force: true })))
  }
}
