import { readFileSync } from 'node:fs'

import { ConfigError, messageOf, SECOND_MS } from '@pafka/base'
import { bitsHint, type CommandContext, parseBytes } from '@pafka/command'

import { parseRate, type Schedule } from '../load/schedule.ts'
import { parsePairs, parseProperties } from './properties.ts'
import { PropertyReader } from './property-reader.ts'

/** The longest that timers take. */
export const MOST_MS: number = 2 ** 31 - 1

/** What is in a file that was named. @throws {ConfigError} */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}

/** @param name of the option. @throws {ConfigError} */
export function countOf(
  name: string,
  text: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const count = Number(text)
  const isRight = Number.isSafeInteger(count) && count >= least && count <= most
  if (text.trim() !== '' && isRight) return count
  const isMore = text.trim() !== '' && count > most
  const why = isMore ? `is more than ${most}` : `is no whole number from ${least} on`
  throw new ConfigError([`--${name}: ${text} ${why}`])
}

type Named<T> = readonly [name: string, value: T | undefined]

/**
 * An option that has an old name too, of which is told as the Java tools do.
 * @throws {ConfigError} when both are given, also as there
 */
export function renamed<T>(
  [old, before]: Named<T>,
  [now, value]: Named<T>,
  { writeError }: CommandContext,
): T | undefined {
  if (before === undefined) return value
  if (value !== undefined)
    throw new ConfigError([`one of --${now} and --${old}, which is the same`])
  writeError(`Warning: --${old} is deprecated. Use --${now} instead.\n`)
  return before
}

/** @param name of the option. @throws {ConfigError} */
export function bytesOf(name: string, text: string): number {
  const bytes = parseBytes(text)
  if (bytes !== undefined && bytes >= 1) return bytes
  throw new ConfigError([`--${name}: ${text} is no size, as 500MB or 10GiB${bitsHint(text)}`])
}

/** Those of files, and before them those of the command line. @throws {ConfigError} */
export function propertiesOf(given: {
  readonly files: readonly (string | undefined)[]
  readonly pairs: readonly (readonly string[] | undefined)[]
}): PropertyReader {
  const files = given.files.filter((path) => path !== undefined)
  return new PropertyReader(
    new Map([
      ...files.flatMap((path) => [...parseProperties(textOf(path))]),
      ...parsePairs(given.pairs.flatMap((pairs) => pairs ?? [])),
    ]),
  )
}

export function tellIgnored(names: readonly string[], { writeError }: CommandContext): void {
  if (names.length > 0) writeError(`these mean nothing to this client: ${names.join(', ')}\n`)
}

/** A rate that there must be. @throws {ConfigError} */
export function scheduleOf(throughput: string, stepSeconds: string): Schedule {
  const schedule = parseRate(throughput, countOf('step-seconds', stepSeconds, 1) * SECOND_MS)
  if (schedule !== undefined) return schedule
  throw new ConfigError(['--throughput: as fast as it goes, only the backlog would be timed'])
}
