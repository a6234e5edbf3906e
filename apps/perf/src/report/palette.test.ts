import { expect, test } from 'vitest'

import { DARK, LIGHT, OF_PAGE, type Palette, seriesLook } from './palette.ts'

/** Of sRGB. Source: WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

test.each([
  ['light', LIGHT],
  ['dark', DARK],
])('in the %s palette all is seen on its paper', (_, { paper, series, ink, muted }: Palette) => {
  for (const color of [ink, muted]) expect(contrast(color, paper)).toBeGreaterThan(4.5)
  for (const color of series) expect(contrast(color, paper)).toBeGreaterThan(3)
})

test('contestants differ in more than the colour', () => {
  const looks = Array.from({ length: 210 }, (_, at) => seriesLook(OF_PAGE, at))
  expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(210)
  const shapes = looks.slice(0, 7).map(({ shape }) => shape)
  expect(new Set(shapes).size).toBe(7)
  expect(OF_PAGE.series).toHaveLength(DARK.series.length)
})
