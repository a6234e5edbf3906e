import { ConfigError } from '@pafka/base'
import { Command, CommanderError } from 'commander'

import { checkCommand } from './commands/check.ts'
import { dumpLogCommand } from './commands/dump-log.ts'
import { simulateTiersCommand } from './commands/simulate-tiers.ts'
import { tiersCommand } from './commands/tiers.ts'
import type { WriteText } from './dump/dump-output.ts'

const EXIT_MISUSED = 2

export interface CommandLineOptions {
  readonly version: string
  readonly write: WriteText
  readonly writeError: (text: string) => void
}

/**
 * Runs what the command line asks for.
 * @param args without the names of node and the script
 * @returns the exit code. Rejects when the output fails.
 */
export async function runCommandLine(
  args: readonly string[],
  { version, write, writeError }: CommandLineOptions,
): Promise<number> {
  let exitCode = 0
  let printed = ''
  const exit = (code: number): void => {
    exitCode = code
  }
  const program = new Command('pafka')
    .description("The operator's command for Pafka.")
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .addCommand(checkCommand({ write, writeError, exit }))
    .addCommand(dumpLogCommand({ write, writeError, exit }))
    .addCommand(simulateTiersCommand({ write, writeError, exit }))
    .addCommand(tiersCommand({ write, writeError, exit }))
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
    } else throw error
  }
  if (printed !== '') await write(printed)
  return exitCode
}
