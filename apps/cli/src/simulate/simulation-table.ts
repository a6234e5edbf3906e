import { decimalBytes, percent, timeText } from '@pafka/command'

import type { Scenario } from './scenario.ts'
import type { SimulationFigures } from './simulation-figures.ts'

/** For people. */
export function simulationTable(figures: SimulationFigures, scenario: Scenario): string {
  const { reads, fastFill, backlogBytes, backPressure, cost } = figures
  const seconds = figures.days * 86_400
  const rate = (bytes: number): string => `${decimalBytes(bytes / seconds)}/s`
  const tiers = scenario.tiers.map(({ name, capacityBytes }) => {
    return `${name} ${decimalBytes(capacityBytes)}`
  })
  const rows: readonly (readonly [string, string])[] = [
    ['nodes', `${figures.nodes}, ${figures.simulatedNodes} of them simulated`],
    ['tiers of a node', tiers.join(', ')],
    ['time', timeText(scenario.durationMs)],
    ['produced', `${decimalBytes(figures.producedBytes)}, ${rate(figures.producedBytes)}`],
    ['  of what was offered', percent(figures.producedBytes / Math.max(1, figures.offeredBytes))],
    ['read', `${decimalBytes(figures.readBytes)}, ${rate(figures.readBytes)}`],
    ['  from memory', percent(reads.memory)],
    ['  from the fastest tier', percent(reads.fast)],
    ['  from slower tiers', percent(reads.slow)],
    ['  late', percent(reads.late)],
    ['begun on a slower tier', percent(figures.spill)],
    ['moved', `${decimalBytes(figures.movedBytes)}, ${rate(figures.movedBytes)}`],
    ['fastest tier in use', `${percent(fastFill.mean)}, at most ${percent(fastFill.most)}`],
    [
      'backlog of a node',
      `${decimalBytes(backlogBytes.mean)}, at most ${decimalBytes(backlogBytes.most)}`,
    ],
    ['producers slowed', `${percent(backPressure.slowed)} of the time`],
    ['producers held', `${percent(backPressure.held)} of the time`],
    ['producers refused', `${percent(backPressure.refused)} of the time`],
    ['cost of the tiers', cost.tiers.toFixed(0)],
    ['  all on the fastest', cost.allOnFastest.toFixed(0)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('')
}
