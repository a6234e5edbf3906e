import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { dumpLog, type DumpLogOptions } from '../dump/dump-log.ts'

const EXAMPLES = `
Examples:
  pafka dump-log pafka-data                          everything in a data folder
  pafka dump-log --records orders-0/*.log
  pafka dump-log --verify pafka-data/orders-0        indexes against their logs
  pafka dump-log --all --json pafka-data/journal/ring

Reads only, also beside a running broker. Exits with 1 when it found damage, and says where.
`

/** `pafka dump-log`: what is in the files of a broker. */
export function dumpLogCommand(context: CommandContext): Command {
  return new Command('dump-log')
    .description('Print segments, indexes, snapshots, checkpoints, the journal and the catalog.')
    .argument('<path...>', 'files, or folders with all files of a broker below them')
    .option('--json', 'one JSON object a line')
    .option('--records', 'print the records of batches too')
    .option('--verify', 'compare indexes with the log beside them')
    .option('--all', "of the journal's ring, also print rounds that no recovery would take")
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: DumpLogOptions) => {
      const problems = await dumpLog(paths, options, context.write)
      if (problems === 0) return
      context.writeError(`${problems} ${problems === 1 ? 'problem' : 'problems'} found\n`)
      context.exit(1)
    })
}
