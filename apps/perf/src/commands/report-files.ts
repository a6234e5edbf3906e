import { writeFileSync } from 'node:fs'

import { ConfigError } from '@pafka/base'

/** What a report says that made it: as it was typed. */
export function thisCommand(): string {
  return `pafka-perf ${process.argv.slice(2).map(quoted).join(' ')}`
}

/** @param option that named the path. @throws {ConfigError} when it cannot be written */
export function writeResult(option: string, path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content)
  } catch (error) {
    throw new ConfigError([
      `--${option}: ${error instanceof Error ? error.message : String(error)}`,
    ])
  }
}

/** As a shell would take it again. */
function quoted(word: string): string {
  return /^[\w,./:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
