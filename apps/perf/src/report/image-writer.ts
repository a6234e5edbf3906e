import type { Path2D, SKRSContext2D } from '@napi-rs/canvas'

import type { SeriesLook } from './palette.ts'
import { LIGHT } from './palette.ts'
import { FONT } from './panel.ts'

/** CSS pixels, as all lengths here. */
export const MARGIN_PX = 20
export const LINE_PX = 20
/** A swatch and the gap behind it. */
export const SWATCH_PX = 42

export interface LineOptions {
  readonly sizePx: number
  readonly weight?: number
  readonly indentPx?: number
  readonly color?: string
}

/** Letters as people see them, of which none is cut. */
const SEGMENTS = new Intl.Segmenter('en')

/** Writes lines one below the other; what is too long for the image ends in an ellipsis. */
export class ImageWriter {
  /** Where the next line begins. */
  topPx: number = MARGIN_PX
  readonly #context: SKRSContext2D
  readonly #widthPx: number

  constructor(context: SKRSContext2D, widthPx: number) {
    this.#context = context
    this.#widthPx = widthPx
    context.textBaseline = 'middle'
  }

  skip(heightPx: number): void {
    this.topPx += heightPx
  }

  line(text: string, { sizePx, weight = 400, indentPx = 0, color = LIGHT.ink }: LineOptions): void {
    const context = this.#context
    context.font = `${weight} ${sizePx}px ${FONT}`
    context.fillStyle = color
    const leftPx = MARGIN_PX + indentPx
    const fitting = this.#fitting(text, this.#widthPx - MARGIN_PX - leftPx)
    context.fillText(fitting, leftPx, this.topPx + LINE_PX / 2)
    this.skip(LINE_PX)
  }

  /** Before a line, which it does not end. @param shape of the look, in a square from -1 to 1 */
  swatch({ color, dash }: SeriesLook, shape: Path2D): void {
    const context = this.#context
    context.save()
    context.translate(MARGIN_PX + 16, this.topPx + LINE_PX / 2)
    context.strokeStyle = color
    context.fillStyle = color
    context.lineWidth = 2
    context.setLineDash([...dash])
    context.beginPath()
    context.moveTo(-16, 0)
    context.lineTo(16, 0)
    context.stroke()
    context.scale(4.5, 4.5)
    context.fill(shape)
    context.restore()
  }

  #fitting(text: string, roomPx: number): string {
    const fits = (some: string): boolean => this.#context.measureText(some).width <= roomPx
    if (fits(text)) return text
    const letters = Array.from(SEGMENTS.segment(text), ({ segment }) => segment)
    let [least, most] = [0, letters.length] // so many fit, so many do not
    while (most - least > 1) {
      const half = Math.floor((least + most) / 2)
      if (fits(`${letters.slice(0, half).join('')}…`)) least = half
      else most = half
    }
    return `${letters.slice(0, least).join('')}…`
  }
}
