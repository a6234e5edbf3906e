import { expect, test } from 'vitest'

import { type ExampleOptions, exampleSweep } from '../../test/example-sweep.ts'
import { highestPanel } from './highest-panel.ts'
import { LIGHT } from './palette.ts'
import { type PanelFrame, panelSvg } from './panel.ts'
import { percentilePanel } from './percentile-panel.ts'
import { rateGroups } from './rate-group.ts'
import { throughputPanel } from './throughput-panel.ts'

const FRAME: PanelFrame = { palette: LIGHT, widthPx: 290, heightPx: 220 }
const CONTESTANTS = ['broker <1>', 'broker <2>']

async function throughputSvg(options: ExampleOptions): Promise<string> {
  const groups = rateGroups(exampleSweep(options))
  const wanted = { kind: 'acked', percent: 99, contestants: CONTESTANTS } as const
  const panel = throughputPanel(groups, wanted, FRAME)
  return panel === undefined ? '' : panelSvg(panel, FRAME)
}

/** Marks with such a stroke: points by what they are filled with, `none` is a line. */
function fillsOf(svg: string, stroke: string): string[] {
  const marks = svg.match(/<path [^>]*>/g) ?? []
  return marks.flatMap((mark) => {
    const [, fill] = mark.includes(`stroke="${stroke}"`) ? (/fill="([^"]+)"/.exec(mark) ?? []) : []
    return fill ?? (mark.includes(`stroke="${stroke}"`) ? 'none' : [])
  })
}

test('points whose rate was not reached are hollow', async () => {
  const rates = [5000, 50_000, 140_000, 400_000] // the first reaches 180,000, the second 135,000
  const svg = await throughputSvg({ rates })
  const [one = '', other = ''] = LIGHT.series
  expect(fillsOf(svg, one).toSorted()).toEqual([LIGHT.paper, one, one, one, 'none'].toSorted())
  expect(fillsOf(svg, other).toSorted()).toEqual(
    [LIGHT.paper, other, other, other, 'none'].toSorted(),
  )
})

test('rates that are far apart stand on a logarithmic axis', async () => {
  const labels = (svg: string): string[] =>
    [...svg.matchAll(/<text[^>]*>([\d.]+[kM]?)<\/text>/g)].map(([, label = '']) => label)
  const near = labels(await throughputSvg({ rates: [20_000, 40_000, 80_000] }))
  const far = labels(await throughputSvg({ rates: [100, 1000, 10_000, 100_000] }))
  expect(near).toEqual(expect.arrayContaining(['0', '20k', '40k', '60k', '80k']))
  expect(far).toEqual(expect.arrayContaining(['100', '1k', '10k', '100k']))
  expect(far).not.toContain('0')
})

test('where there is nothing to show there is no panel', () => {
  const groups = rateGroups(exampleSweep({ rates: [5000] }))
  const highest = rateGroups(exampleSweep({ rates: [undefined] }))
  const [contestants, percent] = [CONTESTANTS, 50]
  expect(throughputPanel(groups, { kind: 'read', percent, contestants }, FRAME)).toBeUndefined()
  expect(throughputPanel(highest, { kind: 'acked', percent, contestants }, FRAME)).toBeUndefined()
  expect(percentilePanel(groups, { kind: 'read', contestants }, FRAME)).toBeUndefined()
  expect(percentilePanel([], { kind: 'acked', contestants }, FRAME)).toBeUndefined()
  expect(highestPanel(groups, CONTESTANTS, FRAME)).toBeUndefined()
})

test('a distribution reaches as far into the tail as there are records', async () => {
  const groups = rateGroups(exampleSweep({ rates: [5000], rounds: 1 })) // 100,000 records
  const panel = percentilePanel(groups, { kind: 'acked', contestants: CONTESTANTS }, FRAME)
  const svg = panel === undefined ? '' : await panelSvg(panel, FRAME)
  expect(svg).toContain('>99.99<')
  expect(svg).not.toContain('>6 nines<')
  expect(svg).toContain('5,000 records/s, ms')
})

test('bars say whose they are and how much', async () => {
  const panel = highestPanel(rateGroups(exampleSweep({ rates: [undefined] })), CONTESTANTS, FRAME)
  const svg = panel === undefined ? '' : await panelSvg(panel, FRAME)
  for (const text of ['broker &lt;1&gt;', '180,000/s, 184 MB/s', '135,000/s, 138 MB/s']) {
    expect(svg).toContain(text)
  }
})
