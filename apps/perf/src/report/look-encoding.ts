import type { LogAxis } from './log-axis.ts'
import { type Palette, seriesLook } from './palette.ts'

/** Room for the labels of latencies, so that panels beside each other are of one width. */
const LABELS_PX = 48

interface Scaled<T> {
  readonly field: 'contestant'
  readonly type: 'nominal'
  readonly scale: { readonly domain: number[]; readonly range: T[] }
  readonly legend: null
}

/** How rows whose `contestant` is a place among the contestants are told apart. */
export interface LookEncoding {
  readonly color: Scaled<string>
  readonly shape: Scaled<string>
  readonly strokeDash: Scaled<number[]>
}

/** @param count of contestants; what they look like does not depend on who has rows */
export function lookEncoding(palette: Palette, count: number): LookEncoding {
  const looks = Array.from({ length: count }, (_, at) => seriesLook(palette, at))
  const scaled = <T>(range: T[]): Scaled<T> => ({
    field: 'contestant',
    type: 'nominal',
    scale: { domain: looks.map((_, at) => at), range },
    legend: null,
  })
  return {
    color: scaled(looks.map(({ color }) => color)),
    shape: scaled(looks.map(({ shape }) => shape)),
    strokeDash: scaled(looks.map(({ dash }) => [...dash])),
  }
}

/** Of milliseconds. */
export interface LatencyEncoding {
  readonly type: 'quantitative'
  readonly scale: { readonly type: 'log'; readonly domain: number[]; readonly nice: false }
  readonly axis: {
    readonly values: number[]
    readonly format: string
    readonly title: null
    readonly minExtent: number
    readonly ticks: false
  }
}

export function latencyEncoding({ domain, ticks }: LogAxis): LatencyEncoding {
  return {
    type: 'quantitative',
    scale: { type: 'log', domain: [...domain], nice: false },
    axis: { values: [...ticks], format: ',~g', title: null, minExtent: LABELS_PX, ticks: false },
  }
}
