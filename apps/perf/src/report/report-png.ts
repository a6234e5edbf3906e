import type { Path2D } from '@napi-rs/canvas'

import { type LoadPackage, loadCanvas } from './canvas-package.ts'
import { highestPanel } from './highest-panel.ts'
import { ImageWriter, LINE_PX, MARGIN_PX, SWATCH_PX } from './image-writer.ts'
import { printable } from './markup.ts'
import { LIGHT, seriesLook } from './palette.ts'
import { type Panel, type PanelFrame, panelSvg } from './panel.ts'
import { type RateGroup, rateGroups } from './rate-group.ts'
import type { SweepResult } from './sweep-result.ts'
import { throughputPanel } from './throughput-panel.ts'

/** All lengths are in CSS pixels, of which each becomes as many in a row and in a column. */
const SCALE = 2
const WIDTH_PX = 1180
const FRAME: PanelFrame = { palette: LIGHT, widthPx: 300, heightPx: 230 }
const PERCENTILES = [50, 99, 99.9]
/** Workloads, a row of panels each. */
const MOST_ROWS = 8

interface Row {
  readonly name: string
  readonly panels: readonly DrawnPanel[]
  readonly heightPx: number
}

interface DrawnPanel {
  readonly svg: Buffer
  readonly widthPx: number
  readonly heightPx: number
}

/**
 * The main plot with its title, who is who and what an ack means there: latency until the ack
 * against throughput, or the highest throughput where nothing else was measured.
 * @returns a PNG
 * @throws {PafkaError} without the package that draws, or without a font: it says what to install
 */
export async function reportPng(
  result: SweepResult,
  loadPackage?: LoadPackage,
): Promise<Uint8Array> {
  const canvasPackage = await loadCanvas(loadPackage)
  const rows = await rowsOf(result)
  const headPx = LINE_PX * (4 + 2 * result.contestants.length)
  const rowsPx = rows.reduce((sum, row) => sum + 2 * LINE_PX + row.heightPx, 0)
  const heightPx = Math.ceil(2 * MARGIN_PX + headPx + rowsPx)
  const canvas = canvasPackage.createCanvas(WIDTH_PX * SCALE, heightPx * SCALE)
  const context = canvas.getContext('2d')
  context.scale(SCALE, SCALE)
  context.fillStyle = LIGHT.paper
  context.fillRect(0, 0, WIDTH_PX, heightPx)
  const writer = new ImageWriter(context, WIDTH_PX)
  writeHead(writer, result, (shape) => new canvasPackage.Path2D(shape))
  for (const { name, panels, heightPx: rowPx } of rows) {
    writer.line(printable(name), { sizePx: 14, weight: 600 })
    for (const [at, { svg, ...size }] of panels.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- onto one canvas, in order
      const image = await canvasPackage.loadImage(svg)
      const leftPx = MARGIN_PX + (at * (WIDTH_PX - 2 * MARGIN_PX)) / PERCENTILES.length
      context.drawImage(image, leftPx, writer.topPx, size.widthPx, size.heightPx)
    }
    writer.skip(rowPx + LINE_PX)
  }
  return canvas.encode('png')
}

type ToPath = (shape: string) => Path2D

/** The facts without which nobody should believe a plot. */
function writeHead(writer: ImageWriter, result: SweepResult, toPath: ToPath): void {
  const { title, contestants, machines, beganAt } = result
  writer.line(printable(title), { sizePx: 20, weight: 700 })
  writer.skip(LINE_PX / 2)
  for (const [at, { name, software, durability }] of contestants.entries()) {
    const look = seriesLook(LIGHT, at)
    writer.swatch(look, toPath(look.shape))
    const told = durability.length > 0 ? durability.join(', ') : 'not said'
    const text = printable(`${name}: ${software}`)
    writer.line(text, { sizePx: 14, weight: 600, indentPx: SWATCH_PX })
    const meaning = printable(`durability: ${told}`)
    writer.line(meaning, { sizePx: 13, indentPx: SWATCH_PX })
  }
  const facts = machines.flatMap((one) => [one.name, ...one.facts.map((fact) => fact.join(' '))])
  const where = printable([beganAt, ...facts].join(', '))
  writer.line(where, { sizePx: 12, color: LIGHT.muted })
  writer.skip(LINE_PX)
}

async function rowsOf(result: SweepResult): Promise<Row[]> {
  const groups = rateGroups(result)
  const contestants = result.contestants.map(({ name }) => printable(name))
  const measured = result.workloads.filter(({ name }) =>
    groups.some((one) => one.workload === name),
  )
  return Promise.all(
    measured.slice(0, MOST_ROWS).map(async ({ name }) => {
      const own = groups.filter(({ workload }) => workload === name)
      const panels = await Promise.all(panelsOf(own, contestants).map(draw))
      return { name, panels, heightPx: Math.max(0, ...panels.map(({ heightPx }) => heightPx)) }
    }),
  )
}

function panelsOf(groups: readonly RateGroup[], contestants: readonly string[]): Panel[] {
  const printed = groups.map((group) => ({ ...group, contestant: printable(group.contestant) }))
  const panels = PERCENTILES.flatMap((percent) => {
    return throughputPanel(printed, { kind: 'acked', percent, contestants }, FRAME) ?? []
  })
  return panels.length > 0
    ? panels
    : [highestPanel(printed, contestants, FRAME)].flatMap((one) => one ?? [])
}

async function draw(panel: Panel): Promise<DrawnPanel> {
  const svg = await panelSvg(panel, FRAME)
  const [, widthPx, heightPx] = /^<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []
  return { svg: Buffer.from(svg), widthPx: Number(widthPx), heightPx: Number(heightPx) }
}
