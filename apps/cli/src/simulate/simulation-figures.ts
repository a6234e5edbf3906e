import type { SimulationResult } from './simulate-tiers.ts'

/** What comes out, in numbers; `--json` prints it. Keys are added, never renamed. */
export interface SimulationFigures {
  readonly nodes: number
  readonly simulatedNodes: number
  readonly days: number
  readonly offeredBytes: number
  readonly producedBytes: number
  readonly readBytes: number
  /** Shares of what was read. */
  readonly reads: {
    readonly memory: number
    readonly fast: number
    readonly slow: number
    /** Of what was asked for: more than the device could give in the time. */
    readonly late: number
  }
  /** Share of produced bytes that did not begin on the fastest tier. */
  readonly spill: number
  readonly movedBytes: number
  readonly fastFill: { readonly mean: number; readonly most: number }
  /** Bytes a node has above its low watermark: mean, and the most of any. */
  readonly backlogBytes: { readonly mean: number; readonly most: number }
  /** Bytes that producers of a node had to keep, mean over time. */
  readonly queuedBytes: number
  /** Shares of the time. */
  readonly backPressure: {
    readonly slowed: number
    readonly held: number
    /** No tier had room for what the fastest one has. */
    readonly refused: number
  }
  readonly cost: { readonly tiers: number; readonly allOnFastest: number }
  readonly series: ReadonlyArray<Readonly<Record<string, number>>>
}

export function simulationFigures(result: SimulationResult): SimulationFigures {
  const { scenario, series, worst } = result
  const total = series.total.bind(series)
  const seconds = Math.max(1, total('seconds'))
  const read = total('fromMemory') + total('fromFast') + total('fromSlow')
  const ofReads = (bytes: number): number => (read === 0 ? 0 : bytes / read)
  return {
    nodes: scenario.nodes,
    simulatedNodes: Math.min(scenario.nodes, scenario.sample),
    days: scenario.durationMs / 86_400_000,
    offeredBytes: total('offered'),
    producedBytes: total('produced'),
    readBytes: read,
    reads: {
      memory: ofReads(total('fromMemory')),
      fast: ofReads(total('fromFast')),
      slow: ofReads(total('fromSlow')),
      late: total('lateReads') / Math.max(1, read + total('lateReads')),
    },
    spill: total('spilled') / Math.max(1, total('produced')),
    movedBytes: total('moved'),
    fastFill: { mean: total('fastFill') / seconds, most: worst.fastFill },
    backlogBytes: { mean: total('backlog') / seconds, most: worst.backlogBytes },
    queuedBytes: total('queued') / seconds,
    backPressure: {
      slowed: total('slowed') / seconds,
      held: total('held') / seconds,
      refused: total('refused') / seconds,
    },
    cost: costOf(result),
    series: seriesRows(result),
  }
}

/** Of all nodes: as they are, and with the same capacity on the fastest tier alone. */
function costOf({ scenario: { nodes, tiers } }: SimulationResult): SimulationFigures['cost'] {
  const price = (bytes: number, perGb: number): number => (nodes * bytes * perGb) / 1e9
  const capacity = tiers.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
  return {
    tiers: tiers.reduce((sum, tier) => sum + price(tier.capacityBytes, tier.pricePerGb), 0),
    allOnFastest: price(capacity, tiers[0]?.pricePerGb ?? 0),
  }
}

/** Rates of all nodes together; fill, backlog and pressure as the mean of a node. */
function seriesRows({ series, bucketMs, scenario }: SimulationResult): Record<string, number>[] {
  return Array.from({ length: series.buckets }, (_, bucket) => {
    const seconds = Math.max(1, series.at(bucket, 'seconds')) / scenario.nodes
    const nodeSeconds = seconds * scenario.nodes
    return {
      hours: (bucket * bucketMs) / 3_600_000,
      offeredRate: series.at(bucket, 'offered') / seconds,
      producedRate: series.at(bucket, 'produced') / seconds,
      movedRate: series.at(bucket, 'moved') / seconds,
      memoryReadRate: series.at(bucket, 'fromMemory') / seconds,
      fastReadRate: series.at(bucket, 'fromFast') / seconds,
      slowReadRate: series.at(bucket, 'fromSlow') / seconds,
      fastFill: series.at(bucket, 'fastFill') / nodeSeconds,
      backlogBytes: series.at(bucket, 'backlog') / nodeSeconds,
      retiringBytes: series.at(bucket, 'retiring') / nodeSeconds,
      pressure: series.at(bucket, 'pressure') / nodeSeconds,
      refused: series.at(bucket, 'refused') / nodeSeconds,
    }
  })
}
