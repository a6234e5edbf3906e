import { logAxis } from './log-axis.ts'
import { latencyEncoding, lookEncoding } from './look-encoding.ts'
import type { Panel, PanelFrame } from './panel.ts'
import { type LatencyKind, mergedLatencies, type RateGroup } from './rate-group.ts'
import { offeredText } from './figure-text.ts'

export interface PercentileOptions {
  readonly kind: LatencyKind
  readonly contestants: readonly string[]
}

/** Of one contestant, all rounds together. */
interface Row {
  readonly contestant: number
  /** The percentile by its nines: 0 is 0 %, 1 is 90 %, 2 is 99 %. */
  readonly nines: number
  readonly ms: number
  readonly marked: boolean
}

/** Of a curve, for each nine. */
const POINTS = 20
/** A histogram has more only of a hundred million records. */
const MOST_NINES = 7
/** More, and their labels are smaller. */
const LOOSE_NINES = 5
const LABELS = ['0', '90', '99', '99.9', '99.99', '99.999', '6 nines', '7 nines']

/**
 * Latency by percentile, as HdrHistogram's own plot: each nine of the percentile as wide as the
 * others, so that the tail shows.
 * @param groups of one workload and one rate, each of another contestant
 * @returns undefined where nothing was measured
 */
export function percentilePanel(
  groups: readonly RateGroup[],
  options: PercentileOptions,
  frame: PanelFrame,
): Panel | undefined {
  const rows = groups.flatMap((group) => rowsOf(group, options))
  const [first] = groups
  if (rows.length === 0 || first === undefined) return undefined
  const { color, shape, strokeDash } = lookEncoding(frame.palette, options.contestants.length)
  const most = Math.max(1, ...rows.map(({ nines }) => nines))
  const y = { ...latencyEncoding(logAxis(rows.map(({ ms }) => ms))), field: 'ms' }
  return {
    ...{ width: frame.widthPx, height: frame.heightPx },
    title: `${offeredText(first.offeredPerSecond)}, ms`,
    data: { values: rows },
    encoding: {
      x: {
        field: 'nines',
        type: 'quantitative',
        scale: { domain: [0, most], nice: false },
        axis: {
          title: '% of all records',
          values: LABELS.map((_, at) => at).filter((nines) => nines <= most),
          labelExpr: `${JSON.stringify(LABELS)}[datum.value]`,
          labelFlush: true,
          labelOverlap: false,
          labelFontSize: most > LOOSE_NINES ? 10 : 11,
          grid: false,
        },
      },
      y,
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { color, strokeDash } },
      {
        transform: [{ filter: 'datum.marked' }],
        mark: { type: 'point', size: 42, opacity: 1, strokeDash: [], strokeWidth: 1 },
        encoding: { stroke: color, fill: color, shape },
      },
    ],
  }
}

function rowsOf(group: RateGroup, { kind, contestants }: PercentileOptions): Row[] {
  const latencies = mergedLatencies(group, kind)
  if (latencies.count === 0) return []
  const contestant = contestants.indexOf(group.contestant)
  const most = Math.min(MOST_NINES, Math.log10(latencies.count))
  const steps = Math.floor(most * POINTS)
  return Array.from({ length: steps + 1 }, (_, at) => {
    const nines = at / POINTS
    const ms = latencies.percentileMs(100 * (1 - 10 ** -nines))
    return { contestant, nines, ms, marked: at % POINTS === 0 || at === steps }
  })
}
