import { ownVersion, type ProcessIo, runProgram } from '@pafka/command'
import { Command } from 'commander'

import { checkCommand } from './commands/check.ts'
import { dumpLogCommand } from './commands/dump-log.ts'
import { simulateTiersCommand } from './commands/simulate-tiers.ts'
import { tiersCommand } from './commands/tiers.ts'

/** Runs what the command line asks for, as `runProgram`. */
export function runCommandLine(args: readonly string[], io: ProcessIo): Promise<number> {
  return runProgram(
    (context) =>
      new Command('pafka')
        .description("The operator's command for Pafka.")
        .version(ownVersion(import.meta.url), '--version', 'print the version')
        .addCommand(checkCommand(context))
        .addCommand(dumpLogCommand(context))
        .addCommand(simulateTiersCommand(context))
        .addCommand(tiersCommand(context)),
    args,
    io,
  )
}
