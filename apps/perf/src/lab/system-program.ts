import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { PafkaError } from '@pafka/base'

const run = promisify(execFile)
const LIMIT_MS = 60_000

/** @returns what it printed. @throws {PafkaError} with what it complained of */
export async function systemProgram(name: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(name, args, { timeout: LIMIT_MS })
    return stdout.trim()
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const why = said === '' ? String(error) : said
    throw new PafkaError('SYSTEM_PROGRAM', `${name} ${args.join(' ')}: ${why}`)
  }
}
