import { constants } from 'node:os'

import { errnoOf, PafkaError } from '@pafka/base'

const USUAL_COLUMNS = 80
const SIGNAL_EXIT = 128

/** Why a run is to end early. */
export class Interruption extends Error {
  /** As a shell has it of a process that ended by this signal. */
  readonly exitCode: number

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.exitCode = SIGNAL_EXIT + constants.signals[signal]
  }
}

/** @returns the exit code of a run whose signal was aborted; undefined when it was not */
export function interruptedExit({ aborted, reason }: AbortSignal): number | undefined {
  if (!aborted) return undefined
  return (reason instanceof Interruption ? reason : new Interruption('SIGINT')).exitCode
}

/** What a command line has of the process that it runs in. */
export interface ProcessIo {
  /** Resolves when more may come; rejects when nobody reads any more. */
  readonly write: (text: string) => Promise<void>
  readonly writeError: (text: string) => void
  /** Of the terminal that shows what is written, at this moment; undefined when there is none. */
  readonly columns?: number | undefined
  /**
   * Aborted by SIGINT and SIGTERM with an `Interruption`: the run is to end early, and say what it
   * came to.
   */
  readonly signal: AbortSignal
}

/**
 * Does what the arguments of this process say, and sets its exit code. Never rejects. A second
 * signal ends the process at once.
 * @param run with the arguments after the names of node and the script
 * @param catchesSignals false lets them end the process at once
 */
export async function runProcess(
  run: (args: readonly string[], io: ProcessIo) => Promise<number>,
  { catchesSignals = false }: { readonly catchesSignals?: boolean } = {},
): Promise<void> {
  const stop = new AbortController()
  const signals = catchesSignals ? (['SIGINT', 'SIGTERM'] as const) : []
  for (const signal of signals) process.once(signal, () => stop.abort(new Interruption(signal)))
  process.stdout.on('error', () => undefined) // `write` says it
  try {
    process.exitCode = await run(process.argv.slice(2), {
      write,
      writeError: (text) => void process.stderr.write(text),
      signal: stop.signal,
      get columns() {
        return columnsOf(process.stdout, process.env['TERM'])
      },
    })
  } catch (error) {
    if (errnoOf(error) === 'EPIPE') return // whoever read has enough, as `head` does
    process.exitCode = interruptedExit(stop.signal) ?? 1
    process.stderr.write(`${textOf(error)}\n`)
  }
}

/** @returns undefined for what shows no line anew; a terminal may not know how wide it is */
export function columnsOf(
  { isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  kind: string | undefined,
): number | undefined {
  return isTTY && kind !== 'dumb' ? columns || USUAL_COLUMNS : undefined
}

/** What is ours says what is wrong; where anything else came from is of interest. */
export function textOf(error: unknown): string {
  if (error instanceof PafkaError) return error.message
  // what went wrong, and what went wrong when it was to be tidied up
  if (isSuppressed(error)) return `${textOf(error.suppressed)}\n${textOf(error.error)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** By its name: Node 22 has no such class, and what is built for it one of its own. */
function isSuppressed(error: unknown): error is { error: unknown; suppressed: unknown } {
  return error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
