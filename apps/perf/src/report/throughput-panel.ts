import { logAxis } from './log-axis.ts'
import { latencyEncoding, lookEncoding } from './look-encoding.ts'
import { type Panel, type PanelFrame, RATE_LABEL } from './panel.ts'
import {
  isReached,
  latencySpread,
  type LatencyKind,
  type RateGroup,
  rateSpread,
} from './rate-group.ts'

/** What a panel shows of a workload: a percentile of one latency. */
export interface ThroughputOptions {
  readonly kind: LatencyKind
  /** 0 to 100. */
  readonly percent: number
  /** Of all contestants, in order: what they look like does not depend on who has points. */
  readonly contestants: readonly string[]
}

interface Row {
  readonly contestant: number
  readonly offered: number
  readonly rate: number
  readonly median: number
  readonly least: number
  readonly most: number
  readonly reached: boolean
}

/** From here on a linear axis crowds the low rates. Most to least. */
const WIDE = 12
/** Beside the lowest and the highest rate. */
const ROOM = 1.12
/** More, and only powers of ten have labels. */
const MOST_TICKS = 7

/**
 * Latency against throughput: a curve for each contestant through the medians of its rounds, with a
 * band from the least to the most; hollow where the rate was not reached.
 * @param groups of one workload
 * @returns undefined where nothing was measured at a rate
 */
export function throughputPanel(
  groups: readonly RateGroup[],
  options: ThroughputOptions,
  frame: PanelFrame,
): Panel | undefined {
  const rows = rowsOf(groups, options)
  if (rows.length === 0) return undefined
  const y = logAxis(rows.flatMap(({ least, most }) => [least, most]))
  const latency = latencyEncoding(y)
  const { color, shape, strokeDash } = lookEncoding(frame.palette, options.contestants.length)
  const { paper } = frame.palette
  return {
    ...{ width: frame.widthPx, height: frame.heightPx, title: `p${options.percent}, ms` },
    data: { values: rows },
    encoding: { x: rateEncoding(rows) },
    layer: [
      {
        mark: { type: 'area', opacity: 0.16 },
        encoding: {
          y: { ...latency, field: 'least' },
          y2: { field: 'most' },
          color,
        },
      },
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          y: { ...latency, field: 'median' },
          color,
          strokeDash,
          order: { field: 'offered', type: 'quantitative' },
        },
      },
      {
        mark: { type: 'point', size: 46, strokeWidth: 1.6, opacity: 1, strokeDash: [] },
        encoding: {
          y: { ...latency, field: 'median' },
          stroke: color,
          shape,
          fill: { ...color, condition: { test: '!datum.reached', value: paper } },
        },
      },
    ],
  }
}

function rowsOf(
  groups: readonly RateGroup[],
  { kind, percent, contestants }: ThroughputOptions,
): Row[] {
  return groups.flatMap((group) => {
    const { contestant, offeredPerSecond } = group
    const spread = latencySpread(group, kind, percent)
    const rate = rateSpread(group)?.median ?? 0
    if (offeredPerSecond === undefined || spread === undefined || rate === 0) return []
    return [
      {
        contestant: contestants.indexOf(contestant),
        offered: offeredPerSecond,
        rate,
        ...spread,
        reached: isReached(group),
      },
    ]
  })
}

interface RateEncoding {
  readonly field: 'rate'
  readonly type: 'quantitative'
  readonly scale: {
    readonly type: 'log' | 'linear'
    readonly domain: number[]
    readonly nice: false
  }
  readonly axis: object
}

function rateEncoding(rows: readonly Row[]): RateEncoding {
  const rates = rows.map(({ rate }) => rate)
  const [least, most] = [Math.min(...rates), Math.max(...rates)]
  const isWide = most / least > WIDE
  const domain = isWide ? [least / ROOM, most * ROOM] : [0, most * ROOM]
  return {
    field: 'rate',
    type: 'quantitative',
    scale: { type: isWide ? 'log' : 'linear', domain, nice: false },
    axis: {
      ...{ title: 'records/s reached', labelExpr: RATE_LABEL, grid: false },
      ...(isWide ? { values: ticksIn(domain, rates) } : { tickCount: 5 }),
    },
  }
}

function ticksIn([least = 0, most = 0]: readonly number[], rates: readonly number[]): number[] {
  const ticks = logAxis(rates).ticks.filter((tick) => tick >= least && tick <= most)
  return ticks.length > MOST_TICKS
    ? ticks.filter((tick) => Number.isInteger(Math.log10(tick)))
    : ticks
}
