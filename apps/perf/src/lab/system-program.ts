import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

import { PafkaError } from '@pafka/base'

const LIMIT_MS = 60_000

/** @returns what it printed. @throws {PafkaError} with what it complained of */
export async function systemProgram(name: string, args: readonly string[]): Promise<string> {
  // in a group of its own: Ctrl+C of a terminal goes to all of a group, and this is to be done
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(String(error)))
    child.once('close', (code, signal) => {
      resolve(code === 0 ? undefined : `it ended with ${signal ?? code}`)
    })
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const [out, complaint, problem] = await Promise.all([
    ...[text(child.stdout), text(child.stderr)],
    ended.finally(() => clearTimeout(limit)),
  ])
  if (problem === undefined) return out?.trim() ?? ''
  const said = complaint?.trim() ?? ''
  const why = said === '' ? problem : said
  throw new PafkaError('SYSTEM_PROGRAM', `${name} ${args.join(' ')}: ${why}`)
}
