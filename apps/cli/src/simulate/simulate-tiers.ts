import { setImmediate as nextTurn } from 'node:timers/promises'

import { NodeSeries } from './node-series.ts'
import type { Scenario } from './scenario.ts'
import { SimulatedNode } from './simulated-node.ts'

/** Points of a plot. */
const MOST_BUCKETS = 336

export interface SimulationResult {
  readonly scenario: Scenario
  /** Sums over all nodes. */
  readonly series: NodeSeries
  readonly bucketMs: number
  /** Of a simulated node, of one second. */
  readonly worst: { readonly fastFill: number; readonly backlogBytes: number }
}

/**
 * Runs the broker's own policy, pressure and budget over simulated devices. Nodes do not know of
 * each other: some are simulated, each with a share of the load that is typical of as many others.
 */
export async function simulateTiers(scenario: Scenario): Promise<SimulationResult> {
  const { durationMs, stepMs, nodes, load } = scenario
  const bucketMs = Math.ceil(durationMs / MOST_BUCKETS / stepMs) * stepMs
  const buckets = Math.ceil(durationMs / bucketMs)
  const series = new NodeSeries(buckets)
  const worst = { fastFill: 0, backlogBytes: 0 }
  const shares = nodeShares(scenario)
  for (const share of shares) {
    const own = new NodeSeries(buckets)
    const node = new SimulatedNode(scenario, share, own)
    for (let timeMs = 0; timeMs < durationMs; timeMs += stepMs) {
      node.step(load(timeMs), timeMs, Math.floor(timeMs / bucketMs))
    }
    series.addAll(own, nodes / shares.length)
    worst.fastFill = Math.max(worst.fastFill, own.most('fastFill'))
    worst.backlogBytes = Math.max(worst.backlogBytes, own.most('backlog'))
    await nextTurn() // a signal may end the run
  }
  return { scenario, series, bucketMs, worst }
}

/** Shares of the whole load, at evenly spaced quantiles of a lognormal distribution. */
export function nodeShares({ nodes, sample, skew }: Scenario): number[] {
  const count = Math.min(nodes, sample)
  const weights = Array.from({ length: count }, (_, at) => {
    return Math.exp(skew * normalQuantile((at + 0.5) / count))
  })
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => ((weight / sum) * count) / nodes)
}

/** Inverse of the normal distribution, to 4.5e-4. Source: Abramowitz and Stegun, 26.2.23. */
function normalQuantile(probability: number): number {
  const isLow = probability < 0.5
  const t = Math.sqrt(-2 * Math.log(isLow ? probability : 1 - probability))
  const over = 2.515_517 + t * (0.802_853 + t * 0.010_328)
  const under = 1 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))
  return (isLow ? -1 : 1) * (t - over / under)
}
