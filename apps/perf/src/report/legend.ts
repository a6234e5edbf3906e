import { html, type Markup } from './markup.ts'
import { OF_PAGE, seriesLook } from './palette.ts'

/** A piece of the line of a contestant, as the panels have it. @param at its place */
export function swatch(at: number): Markup {
  const { color, shape, dash } = seriesLook(OF_PAGE, at)
  return html`<svg class="swatch" viewBox="-16 -6 32 12" width="32" height="12" aria-hidden="true">
    <path d="M-16,0H16" stroke="${color}" stroke-width="2" stroke-dasharray="${dash.join(' ')}" />
    <path d="${shape}" transform="scale(4.2)" fill="${color}" />
  </svg>`
}

/** @param contestants in their order */
export function legend(contestants: readonly string[]): Markup | undefined {
  if (contestants.length === 0) return undefined
  const items = contestants.map((name, at) => html`<li>${swatch(at)} ${name}</li>`)
  return html`<ul class="legend">
    ${items}
  </ul>`
}
