import { open } from 'node:fs/promises'

import { ConfigError, messageOf } from '@pafka/base'

import { parseWorkload, type Workload } from './workload.ts'
import { MOST_WORKLOAD_CHARACTERS } from './workload-fields.ts'

/** A character of UTF-8 has as many bytes at most. */
const MOST_BYTES = 4 * MOST_WORKLOAD_CHARACTERS

/** @throws {ConfigError} naming the file, also when it cannot be read */
export async function readWorkload(path: string): Promise<Workload> {
  try {
    return parseWorkload(await beginningOf(path))
  } catch (cause) {
    const told = messageOf(cause)
    const problems = cause instanceof ConfigError ? cause.problems : [told]
    throw new ConfigError(
      problems.map((problem) => `${path}: ${problem}`),
      { cause },
    )
  }
}

/** One byte more than a workload may have: what is longer shows, and is not read. */
async function beginningOf(path: string): Promise<string> {
  await using file = await open(path)
  const bytes = Buffer.alloc(MOST_BYTES + 1)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
  return bytes.toString('utf8', 0, bytesRead)
}
