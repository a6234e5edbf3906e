import { type ProcessIo, runProgram } from '@pafka/command'
import { Command } from 'commander'

import { agentCommand, partCommand, threadCommand } from './commands/hidden-commands.ts'
import { benchCommand } from './commands/bench.ts'
import { catchUpCommand } from './commands/catch-up.ts'
import { consumeCommand } from './commands/consume.ts'
import { costCommand } from './commands/cost.ts'
import { endToEndCommand } from './commands/end-to-end.ts'
import { labCommand } from './commands/lab.ts'
import { produceCommand } from './commands/produce.ts'
import { sweepCommand } from './commands/sweep.ts'
import { perfVersion } from './perf-version.ts'

/** Runs what the command line asks for, as `runProgram`. */
export function runCommandLine(args: readonly string[], io: ProcessIo): Promise<number> {
  const version = perfVersion()
  return runProgram(
    (context) =>
      new Command('pafka-perf')
        .description('Measures brokers that speak the Kafka protocol.')
        .version(version, '--version', 'print the version')
        .addCommand(produceCommand(context))
        .addCommand(consumeCommand(context))
        .addCommand(endToEndCommand(context))
        .addCommand(catchUpCommand(context))
        .addCommand(benchCommand(context))
        .addCommand(sweepCommand(context))
        .addCommand(labCommand(context))
        .addCommand(costCommand(context))
        .addCommand(agentCommand(version, context), { hidden: true })
        .addCommand(threadCommand(), { hidden: true })
        .addCommand(partCommand(), { hidden: true }),
    args,
    io,
  )
}
