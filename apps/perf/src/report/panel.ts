import type { TopLevelSpec } from 'vega-lite'

import type { Palette } from './palette.ts'

/** A plot among others, in Vega-Lite's terms. */
export type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number]

/** Where a panel is drawn: its size, without axes and title, and its colours. */
export interface PanelFrame {
  readonly palette: Palette
  /** CSS pixels. */
  readonly widthPx: number
  /** CSS pixels. */
  readonly heightPx: number
}

/** Of a rate: `50k`; Vega's own format has a prefix for 0 too. */
export const RATE_LABEL = "datum.value === 0 ? '0' : format(datum.value, '~s')"

/** Names both what a page and what an image has. */
export const FONT = 'system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif'

/**
 * As SVG, with nothing of a machine or a network in it. The library for it is loaded only here.
 * @returns an element with its size in `width`, `height` and `viewBox`
 */
export async function panelSvg(panel: Panel, { palette }: PanelFrame): Promise<string> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')])
  const { ink, muted, grid } = palette
  const { spec } = compile({
    hconcat: [panel],
    background: 'transparent',
    padding: 4,
    config: {
      aria: false, // the page has the figures in tables
      font: FONT,
      view: { stroke: null },
      title: { color: ink, fontSize: 13, fontWeight: 600, anchor: 'start', offset: 10 },
      axis: {
        ...{ labelColor: muted, titleColor: muted, labelFontSize: 11, titleFontSize: 11 },
        ...{ titleFontWeight: 400, gridColor: grid, domainColor: grid, tickColor: grid },
        ...{ labelPadding: 5, titlePadding: 8 },
      },
    },
  })
  const view = new View(parse(spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}
