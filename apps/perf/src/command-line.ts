import { ConfigError } from '@pafka/base'
import { Command, CommanderError } from 'commander'

import type { CommandContext } from './command-context.ts'
import { consumeCommand } from './commands/consume.ts'
import { produceCommand } from './commands/produce.ts'

const EXIT_MISUSED = 2

export interface CommandLineOptions extends Omit<CommandContext, 'exit'> {
  readonly version: string
}

/**
 * Runs what the command line asks for.
 * @param args without the names of node and the script
 * @returns the exit code. Rejects when the output fails.
 */
export async function runCommandLine(
  args: readonly string[],
  { version, write, writeError, signal }: CommandLineOptions,
): Promise<number> {
  let exitCode = 0
  let printed = ''
  const exit = (code: number): void => {
    exitCode = code
  }
  const context = { write, writeError, signal, exit }
  const program = new Command('pafka-perf')
    .description('Measures brokers that speak the Kafka protocol.')
    .version(version, '--version', 'print the version')
    .addCommand(produceCommand(context))
    .addCommand(consumeCommand(context))
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
