/** Colours of a plot: names of CSS variables, or colours where there is no CSS. */
export interface Palette {
  readonly ink: string
  readonly muted: string
  readonly grid: string
  readonly paper: string
  readonly series: readonly string[]
}

/** How a contestant looks: each differs from the others in more than its colour. */
export interface SeriesLook {
  readonly color: string
  /** A path in a square from -1 to 1, as Vega has them. */
  readonly shape: string
  /** Lengths of strokes and gaps; none for an unbroken line. */
  readonly dash: readonly number[]
}

/** Hues that people with any kind of colour blindness tell apart, after Okabe and Ito. */
export const LIGHT: Palette = {
  ink: '#1c2128',
  muted: '#59636e',
  grid: '#e3e6ea',
  paper: '#ffffff',
  series: ['#0072b2', '#d55e00', '#00845f', '#b5508c', '#8f6b00', '#5f6b78'],
}

/** The same hues, lighter. */
export const DARK: Palette = {
  ink: '#e6e9ee',
  muted: '#9aa5b1',
  grid: '#313840',
  paper: '#181c21',
  series: ['#56b4f0', '#ff8f4d', '#3fcf9f', '#ea9cc8', '#e8c35a', '#b4bec9'],
}

/** Follows the page, which is light or dark. */
export const OF_PAGE: Palette = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  paper: 'var(--paper)',
  series: LIGHT.series.map((_, at) => `var(--series-${at})`),
}

const SHAPES = [
  'M.9,0A.9,.9,0,1,1,-.9,0A.9,.9,0,1,1,.9,0Z',
  'M-.8,-.8L.8,-.8L.8,.8L-.8,.8Z',
  'M0,-1L1,.8L-1,.8Z',
  'M0,-1.1L1.1,0L0,1.1L-1.1,0Z',
  'M0,1L1,-.8L-1,-.8Z',
  'M-.4,-1L.4,-1L.4,-.4L1,-.4L1,.4L.4,.4L.4,1L-.4,1L-.4,.4L-1,.4L-1,-.4L-.4,-.4Z',
  'M-1,-1L1,1L1,-1L-1,1Z',
]
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2]]

/** @param at place among the contestants. Up to 210 no two are the same. */
export function seriesLook({ series }: Palette, at: number): SeriesLook {
  return {
    color: series[at % series.length] ?? '',
    shape: SHAPES[at % SHAPES.length] ?? '',
    dash: DASHES[at % DASHES.length] ?? [],
  }
}
