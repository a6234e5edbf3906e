import type { SimulationFigures } from './simulation-figures.ts'

const WIDTH = 720
const HEIGHT = 130

interface Panel {
  readonly title: string
  readonly divisor: number
  readonly lines: Readonly<Record<string, string>>
}

const PANELS: readonly Panel[] = [
  {
    title: 'all nodes, GB/s',
    divisor: 1e9,
    lines: { offeredRate: 'offered', producedRate: 'produced', movedRate: 'moved' },
  },
  {
    title: 'reads, GB/s',
    divisor: 1e9,
    lines: { memoryReadRate: 'memory', fastReadRate: 'fastest tier', slowReadRate: 'slower tiers' },
  },
  {
    title: 'share, mean of nodes',
    divisor: 1,
    lines: { fastFill: 'fastest tier in use', pressure: 'pressure', refused: 'refused' },
  },
  {
    title: 'GB a node',
    divisor: 1e9,
    lines: { backlogBytes: 'backlog', retiringBytes: 'deleted, not gone yet' },
  },
]

/** The series as an SVG. The library for it is loaded only here. */
export async function plotSvg({ series }: SimulationFigures): Promise<string> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')])
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    vconcat: PANELS.map(({ title, divisor, lines }) => ({
      width: WIDTH,
      height: HEIGHT,
      data: {
        values: series.flatMap((row) =>
          Object.entries(lines).map(([key, line]) => ({
            hours: row['hours'],
            value: (row[key] ?? 0) / divisor,
            line,
          })),
        ),
      },
      mark: { type: 'line' as const, interpolate: 'step-after' as const, strokeWidth: 1.2 },
      encoding: {
        x: { field: 'hours', type: 'quantitative' as const, title: 'hours' },
        y: { field: 'value', type: 'quantitative' as const, title },
        color: { field: 'line', type: 'nominal' as const, title: null },
      },
    })),
    resolve: { scale: { color: 'independent' } },
  })
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}
