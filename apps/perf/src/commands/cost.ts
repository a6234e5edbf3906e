import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { compare } from '../cost/comparison.ts'
import { costJson } from '../cost/cost-json.ts'
import { type CostOptions, costQuestion } from '../cost/cost-options.ts'
import { costTable } from '../cost/cost-table.ts'
import { planOf } from '../cost/plan.ts'

interface CostCommandOptions extends CostOptions {
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  pafka-perf cost --target 20GB/s
  pafka-perf cost --target 2GB/s --fan-out 3 --retention 1d --only kafka-4.3,pafka
  pafka-perf cost --target 5GB/s --only kafka-sata,mine \\
    --contestant name=mine,produce=750MB/s,consume=1100MB/s,machine=i4i.4xlarge
  pafka-perf produce --json ... > sent && pafka-perf consume --json ... > read
  pafka-perf cost --target 5GB/s --measured mine=sent --measured mine=read \\
    --machine mine=i4i.4xlarge

Without --figures and --prices it takes those of the package, which say whose they are and of
when. docs/cost.md has the format of such files.
`

function another(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

/** `pafka-perf cost`: how many machines a throughput takes, and how much money. */
export function costCommand(context: CommandContext): Command {
  return new Command('cost')
    .description('From what was measured: how many machines, and how much money.')
    .requiredOption('--target <rate>', 'what producers send, all together, as 20GB/s')
    .option('--fan-out <n>', 'how often each byte is read', '1')
    .option('--replication-factor <n>', 'copies of each byte', '1')
    .option('--retention <time>', 'how long it is kept, as 7d (default: storage is left out)')
    .option('--headroom <share>', 'of what was measured, that is used', '0.7')
    .option('--figures <file>', 'what was measured, as JSON (default: of the package)')
    .option('--contestant <key=value,...>', 'name, produce, consume, machine; again', another)
    .option('--measured <name=file>', 'output of produce or consume --json; again', another)
    .option('--measured-produce <name=file>', 'where the file does not say which', another)
    .option('--measured-consume <name=file>', 'where the file does not say which', another)
    .option('--prices <file>', 'a price list, as JSON (default: of the package)')
    .option('--machine <name=item>', 'which item of the price list that is; again', another)
    .option('--only <names>', 'these, in this order; several with commas')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json, ...options }: CostCommandOptions) => {
      const question = costQuestion(options)
      const { entries, demand } = question
      const plans = entries.map(({ contestant, machine }) => planOf(contestant, machine, demand))
      const print = json === true ? costJson : costTable
      await context.write(print(compare(plans), question))
    })
}
