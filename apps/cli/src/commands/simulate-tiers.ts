import { writeFile } from 'node:fs/promises'

import { ConfigError, errnoOf } from '@pafka/base'
import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { plotSvg } from '../simulate/plot.ts'
import { type ScenarioOptions, scenarioOf } from '../simulate/scenario-options.ts'
import { simulateTiers } from '../simulate/simulate-tiers.ts'
import { simulationFigures } from '../simulate/simulation-figures.ts'
import { simulationTable } from '../simulate/simulation-table.ts'
import { DEFAULT_TIERS } from '../simulate/tier-devices.ts'

interface SimulateTiersOptions extends ScenarioOptions {
  readonly json?: boolean
  readonly plot?: string
}

const EXAMPLES = `
Without --tier, a node has
  ${DEFAULT_TIERS.join('\n  ')}

Examples:
  pafka simulate-tiers --nodes 3 --produce 1GB/s --load bursts
  pafka simulate-tiers --nodes 1000 --produce 100GB/s --plot week.svg
  pafka simulate-tiers --trace load.csv --json | jq .reads

A trace is CSV: time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s, of all nodes together.
`

function another(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

/** `pafka simulate-tiers`: what a load does to tiers, before anybody buys them. */
export function simulateTiersCommand(context: CommandContext): Command {
  return new Command('simulate-tiers')
    .description("Run a load through the broker's own migration policy over simulated devices.")
    .option('--trace <file>', 'the load, as CSV; lasts until its last row')
    .option('--load <kind>', 'a load that is made up: steady, bursts or replay', 'bursts')
    .option('--produce <rate>', 'mean rate of all nodes, without --trace', '500MB/s')
    .option('--nodes <count>', 'brokers that share the load', '3')
    .option('--tier <tier>', 'a tier of each node, fastest first; once for each', another)
    .option('--time <time>', 'to simulate (default: 7d, or all of the trace)')
    .option('--step <time>', 'between two plans', '10s')
    .option('--threshold <share>', 'storage.migrate.threshold; -1 = never', '0.5')
    .option('--low <share>', 'low watermark (default: 0.8 of the threshold)')
    .option('--threads <count>', 'storage.migrate.threads', '1')
    .option('--move-rate <rate>', 'to move at most, for each node; -1 = no limit', '-1')
    .option('--segment <bytes>', 'log.segment.bytes', '1GiB')
    .option('--retention <time>', 'log.retention', '1d')
    .option('--memory <bytes>', 'of the newest records, for each node', '4GB')
    .option('--when-full <what>', 'fast tier full: push-back or spill', 'push-back')
    .option('--skew <sigma>', 'how unlike the shares of nodes are; 0 = all alike', '0.3')
    .option('--sample <count>', 'nodes to simulate at most', '8')
    .option('--json', 'figures and series as one JSON object')
    .option('--plot <file>', 'series as an SVG')
    .addHelpText('after', EXAMPLES)
    .action(async (options: SimulateTiersOptions) => {
      const scenario = await scenarioOf(options)
      const figures = simulationFigures(await simulateTiers(scenario))
      if (options.plot !== undefined) await writePlot(options.plot, await plotSvg(figures))
      const text =
        options.json === true ? `${JSON.stringify(figures)}\n` : simulationTable(figures, scenario)
      await context.write(text)
    })
}

async function writePlot(path: string, svg: string): Promise<void> {
  try {
    await writeFile(path, svg)
  } catch (cause) {
    const why = errnoOf(cause) ?? String(cause)
    throw new ConfigError([`--plot ${path} cannot be written: ${why}`], { cause })
  }
}
