import { writeFileSync } from 'node:fs'

import { ConfigError, messageOf } from '@pafka/base'

/** @param option that named the path. @throws {ConfigError} when it cannot be written */
export function writeResult(option: string, path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content)
  } catch (error) {
    throw new ConfigError([`--${option}: ${messageOf(error)}`])
  }
}
