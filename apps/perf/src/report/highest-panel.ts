import { megabytesText, wholeText } from './figure-text.ts'
import { lookEncoding } from './look-encoding.ts'
import { type Panel, type PanelFrame, RATE_LABEL } from './panel.ts'
import { type RateGroup, rateSpread } from './rate-group.ts'

/** Of each contestant, CSS pixels. */
const ROW_PX = 46
const BAR_PX = 14

/**
 * The highest throughput: a bar for each contestant, to the median of its rounds, with a line from
 * the least to the most. What is written stands above the bar, where it has room.
 * @param groups of one workload
 * @returns undefined where nobody went as fast as it goes
 */
export function highestPanel(
  groups: readonly RateGroup[],
  contestants: readonly string[],
  frame: PanelFrame,
): Panel | undefined {
  const rows = groups.flatMap((group) => {
    if (group.offeredPerSecond !== undefined) return []
    const spread = rateSpread(group)
    if (spread === undefined) return []
    const mb = megabytesText(rateSpread(group, 'bytesPerSecond')?.median ?? 0)
    const text = `${wholeText(spread.median)}/s, ${mb} MB/s`
    const { contestant } = group
    return [{ contestant: contestants.indexOf(contestant), name: contestant, text, ...spread }]
  })
  if (rows.length === 0) return undefined
  const { color } = lookEncoding(frame.palette, contestants.length)
  const { ink, muted } = frame.palette
  const above = { type: 'text', yOffset: -9, fontSize: 12 } as const
  const most = Math.max(1, ...rows.map((row) => row.most))
  return {
    ...{ width: frame.widthPx, height: rows.length * ROW_PX },
    data: { values: rows },
    encoding: {
      y: {
        field: 'contestant',
        type: 'ordinal',
        scale: { paddingInner: 0, paddingOuter: 0 },
        axis: null,
      },
      x: {
        field: 'median',
        type: 'quantitative',
        scale: { domain: [0, most], nice: false },
        axis: {
          title: 'records/s',
          labelExpr: RATE_LABEL,
          tickCount: 5,
          labelFlush: true,
          grid: false,
        },
      },
    },
    layer: [
      { mark: { type: 'bar', height: BAR_PX, yOffset: 8 }, encoding: { color } },
      {
        mark: { type: 'rule', yOffset: 8, strokeWidth: 2, color: ink },
        encoding: { x: { field: 'least', type: 'quantitative' }, x2: { field: 'most' } },
      },
      {
        mark: { ...above, align: 'left', fontWeight: 600, color: ink, limit: frame.widthPx * 0.68 },
        encoding: { x: { value: 0 }, text: { field: 'name', type: 'nominal' } },
      },
      {
        mark: { ...above, align: 'right', color: muted },
        encoding: { x: { value: 'width' }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}
