import { errnoOf } from '@pafka/base'

import { runCommandLine } from './command-line.ts'
import { ownVersion } from './version.ts'

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

/** Does what the arguments of this process say. Never rejects. */
export async function runProcess(): Promise<void> {
  try {
    await obey()
  } catch (error) {
    if (errnoOf(error) === 'EPIPE') return // whoever read has enough, as `head` does
    process.exitCode = 1
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  }
}

async function obey(): Promise<void> {
  process.stdout.on('error', () => undefined) // `write` says it
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    version: ownVersion(),
    write,
    writeError: (text) => void process.stderr.write(text),
    signal: stop.signal,
  })
}
