import { ConfigError } from '@pafka/base'
import { type Command, CommanderError } from 'commander'

import { interruptedExit, type ProcessIo } from './run-process.ts'

const EXIT_MISUSED = 2

/** What a command has of the world. */
export interface CommandContext extends ProcessIo {
  /** Ends with this code, once the command has. */
  readonly exit: (code: number) => void
}

/**
 * Runs what the arguments ask for.
 * @param programOf the program, with its commands
 * @param args without the names of node and the script
 * @returns the exit code: 2 for what nobody could do, such as options that are none; 130 or 143
 *   when SIGINT or SIGTERM ended it early. Rejects with what a command throws besides.
 */
export async function runProgram(
  programOf: (context: CommandContext) => Command,
  args: readonly string[],
  io: ProcessIo,
): Promise<number> {
  const { write, writeError } = io
  let exitCode = 0
  let printed = ''
  const exit = (code: number): void => {
    exitCode = code
  }
  const program = programOf({
    ...io,
    get columns() {
      return io.columns // a terminal may be made wider or narrower
    },
    exit,
  })
  for (const command of [program, ...program.commands]) {
    command
      .showHelpAfterError('(--help says more)')
      .configureOutput({ writeOut: (text) => (printed += text), writeErr: writeError })
      .helpOption('--help', 'print this')
      .exitOverride()
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : EXIT_MISUSED
    else if (error instanceof ConfigError) {
      exitCode = EXIT_MISUSED
      writeError(`${error.problems.join('\n')}\n`)
    } else if (!isInterruption(error, io.signal)) throw error
  }
  if (printed !== '') await write(printed)
  return interruptedExit(io.signal) ?? exitCode
}

/** Whether a command only says that it was told to end. */
function isInterruption(error: unknown, { aborted, reason }: AbortSignal): boolean {
  const isAbort = error === reason || (error instanceof Error && error.name === 'AbortError')
  return aborted && isAbort
}
