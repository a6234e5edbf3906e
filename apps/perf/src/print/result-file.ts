import {
  accessSync,
  closeSync,
  constants,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'

import { ConfigError, messageOf } from '@pafka/base'

/** @param option that named the path. @throws {ConfigError} when it cannot be written */
export function writeResult(option: string, path: string, content: string | Uint8Array): void {
  told(option, () => writeFileSync(path, content))
}

/**
 * Asks before long work whether its result can be written. Leaves all as it is.
 * @param paths by the options that name them; undefined for those that were not given
 * @throws {ConfigError} with all that cannot be written
 */
export function checkResults(paths: Readonly<Record<string, string | undefined>>): void {
  const problems = Object.entries(paths).flatMap(([option, path]) => {
    if (path === undefined) return []
    try {
      told(option, () => checkWritable(path))
      return []
    } catch (error) {
      return error instanceof ConfigError ? error.problems : messageOf(error)
    }
  })
  if (problems.length > 0) throw new ConfigError(problems)
}

function checkWritable(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there === undefined) {
    // some file systems let nobody make a file, whatever the rights of a folder say
    closeSync(openSync(path, 'wx'))
    rmSync(path)
    return
  }
  if (there.isDirectory()) throw new Error(`${path} is a folder`)
  accessSync(path, constants.W_OK)
}

function told(option: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw new ConfigError([`--${option}: ${messageOf(error)}`])
  }
}
