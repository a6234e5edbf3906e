import * as canvas from '@napi-rs/canvas'
import { expect, test } from 'vitest'

import { type ExampleOptions, exampleSweep } from '../../test/example-sweep.ts'
import { LIGHT } from './palette.ts'
import { reportPng } from './report-png.ts'

/** Of an image, how many pixels have each of the colours. */
async function pixelsOf(png: Uint8Array, colors: readonly string[]): Promise<number[]> {
  const image = await canvas.loadImage(png)
  const context = canvas.createCanvas(image.width, image.height).getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, image.width, image.height)
  const counts = new Map<string, number>()
  for (let at = 0; at < data.length; at += 4) {
    const color = `#${Buffer.from(data.subarray(at, at + 3)).toString('hex')}`
    counts.set(color, (counts.get(color) ?? 0) + 1)
  }
  return colors.map((color) => counts.get(color) ?? 0)
}

// A machine without fonts cannot draw; what it says is tested below.
const hasFonts = canvas.GlobalFonts.families.length > 0

test.runIf(hasFonts).each<[string, ExampleOptions, number]>([
  ['three contestants', { contestants: 3 }, 3],
  ['one contestant at one rate', { contestants: 1, rates: [5000], rounds: 1 }, 1],
  ['the highest rates only', { contestants: 2, rates: [undefined] }, 2],
])('an image of %s has their colours, and text', async (_, options, contestants) => {
  const png = await reportPng(exampleSweep(options))
  expect(Buffer.from(png.subarray(1, 4)).toString()).toBe('PNG')
  const [ink = 0, paper = 0, ...series] = await pixelsOf(png, [
    ...[LIGHT.ink, LIGHT.paper, ...LIGHT.series],
  ])
  expect(ink).toBeGreaterThan(500)
  expect(paper).toBeGreaterThan(100_000)
  for (const count of series.slice(0, contestants)) expect(count).toBeGreaterThan(300)
  expect(series.slice(contestants).every((count) => count === 0)).toBe(true)
})

test.runIf(hasFonts)('a name of any length and kind fits', async () => {
  const { title, ...result } = exampleSweep({ contestants: 1, rates: [5000], rounds: 1 })
  const long = `\0<&>"'${'👩‍🚀 w'.repeat(5000)}`
  const images = [title, long].map((name) => reportPng({ ...result, title: name }))
  const pngs = await Promise.all(images)
  const [one, other] = await Promise.all(pngs.map((png) => canvas.loadImage(png)))
  expect(other?.width).toBe(one?.width)
  expect(other?.height).toBe(one?.height)
})

test('without the package it says what to install', async () => {
  const missing = (): Promise<never> => Promise.reject(new Error('Cannot find package'))
  await expect(reportPng(exampleSweep({ rates: [100] }), missing)).rejects.toThrow(
    'an image needs @napi-rs/canvas, which does not load here: npm install @napi-rs/canvas',
  )
})

test('without a font it says so, rather than draw an image without words', async () => {
  const fontless = {
    ...canvas,
    GlobalFonts: { families: [] },
  }
  await expect(
    reportPng(exampleSweep({ rates: [100] }), () => Promise.resolve(fontless)),
  ).rejects.toThrow('an image needs a font, and this machine has none: install one')
})
