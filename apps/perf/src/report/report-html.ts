import { busyTold } from './busy-generator.ts'
import { chosenRates } from './chosen-rates.ts'
import { failedTold } from './failed-points.ts'
import { medianTable, readTable, roundsTable } from './figures-table.ts'
import { highestPanel } from './highest-panel.ts'
import { legend, swatch } from './legend.ts'
import { html, Markup } from './markup.ts'
import { noiseOf } from './noise.ts'
import { PAGE_STYLE } from './page-style.ts'
import { OF_PAGE } from './palette.ts'
import { type Panel, type PanelFrame, panelSvg } from './panel.ts'
import { percentilePanel } from './percentile-panel.ts'
import { type LatencyKind, type RateGroup, rateGroups, REACHED_SHARE } from './rate-group.ts'
import type { Contestant, Described, Fact, SweepResult } from './sweep-result.ts'
import { throughputPanel } from './throughput-panel.ts'

const FRAME: PanelFrame = { palette: OF_PAGE, widthPx: 290, heightPx: 220 }
/** As wide as the others with their axes. */
const WIDE: PanelFrame = { ...FRAME, widthPx: 336 }
const PERCENTILES = [50, 99, 99.9]
const UNTIL: Readonly<Record<LatencyKind, string>> = {
  acked: 'until the ack',
  read: 'until a consumer has the record',
}

/**
 * All of a result in one page, which needs no script, no network and nothing beside it.
 * @throws {DecodeError} when a histogram of it is none
 */
export async function reportHtml(result: SweepResult): Promise<string> {
  const { title, beganAt, contestants, machines, commands, notes, workloads } = result
  const groups = rateGroups(result)
  const noise = noiseOf(result)
  const [failed, busy] = [failedTold(result), busyTold(result)]
  const sections = await Promise.all(
    workloads.map((workload) => {
      const own = groups.filter((group) => group.workload === workload.name)
      return workloadSection(workload, own, contestants)
    }),
  )
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="muted">Begun <time datetime="${beganAt}">${beganAt}</time></p>
${warning(failed)}<p${noise.isNoisy === true ? html` class="warn"` : undefined}>${noise.told}</p>
${warning(busy)}${notes.map((note) => html`<p>${note}</p> `)}</header>
<h2>Who was measured, and what an ack means there</h2>
<div class="cards">
${contestants.map(contestantCard)}</div>
${sections}
<h2>Machines</h2>
<div class="cards">
${machines.map(
  ({ name, facts }) =>
    html`<div class="card">
      <h3>${name}</h3>
      ${factList(facts)}
    </div> `,
)}</div>
<h2>Commands</h2>
${commands.map((command) => html`<pre>${command}</pre> `)}
<footer>${howToRead()}</footer>
</main>
</body>
</html>
`
  return page.text
}

function warning(text: string | undefined): Markup | undefined {
  return text === undefined ? undefined : html`<p class="warn">${text}</p> `
}

function contestantCard(
  { name, software, address, durability, facts }: Contestant,
  at: number,
): Markup {
  const said = durability.length > 0 ? durability : ['not said']
  const accent = OF_PAGE.series[at % OF_PAGE.series.length]
  return html`<div class="card">
    <h3>${swatch(at)} ${name}</h3>
    <p>${software} <span class="muted">at ${address}</span></p>
    <div class="durability" style="--accent:${accent}">
      <strong>Durability</strong>
      <ul>
        ${said.map((one) => html`<li>${one}</li>`)}
      </ul>
    </div>
    ${factList(facts)}
  </div> `
}

function factList(facts: readonly Fact[]): Markup | undefined {
  if (facts.length === 0) return undefined
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`
}

async function workloadSection(
  { name, facts }: Described,
  groups: readonly RateGroup[],
  all: readonly Contestant[],
): Promise<Markup> {
  const contestants = all.map((contestant) => contestant.name)
  const head = html`<section>
    <h2>${name}</h2>
    ${factList(facts)}
   `
  if (groups.length === 0) return html`${head}<p class="muted">Nothing was measured.</p></section>`
  const plots = await Promise.all([
    throughputPlots(groups, 'acked', contestants),
    throughputPlots(groups, 'read', contestants),
    percentilePlots(groups, 'acked', contestants),
    percentilePlots(groups, 'read', contestants),
    plot('Highest throughput', [], [[highestPanel(groups, contestants, WIDE), WIDE]]),
  ])
  return html`${head}
${plots}
<h3>Figures</h3>
${medianTable(groups, contestants)}
${readTable(groups, contestants)}
<details><summary>Every round</summary>${roundsTable(groups, contestants)}</details>
</section>`
}

function throughputPlots(
  groups: readonly RateGroup[],
  kind: LatencyKind,
  contestants: readonly string[],
): Promise<Markup | undefined> {
  return plot(
    `Latency ${UNTIL[kind]}, against throughput`,
    contestants,
    PERCENTILES.map((percent) => [
      throughputPanel(groups, { kind, percent, contestants }, FRAME),
      FRAME,
    ]),
  )
}

function percentilePlots(
  groups: readonly RateGroup[],
  kind: LatencyKind,
  contestants: readonly string[],
): Promise<Markup | undefined> {
  return plot(
    `Latency ${UNTIL[kind]}, by percentile`,
    contestants,
    chosenRates(groups).map((rate) => {
      const own = groups.filter(({ offeredPerSecond }) => offeredPerSecond === rate)
      return [percentilePanel(own, { kind, contestants }, FRAME), FRAME]
    }),
  )
}

/** @returns undefined where there is nothing to plot */
async function plot(
  title: string,
  contestants: readonly string[],
  panels: readonly (readonly [Panel | undefined, PanelFrame])[],
): Promise<Markup | undefined> {
  const drawing = panels.flatMap(([panel, frame]) =>
    panel === undefined ? [] : panelSvg(panel, frame),
  )
  const some = await Promise.all(drawing)
  if (some.length === 0) return undefined
  const figures = some.map((svg) => html`<div class="panel">${inlineSvg(svg, title)}</div> `)
  return html`<figure>
    <h3>${title}</h3>
    ${legend(contestants)}
    <div class="panels">${figures}</div>
  </figure>`
}

/** As wide as there is room, and without the names of formats, which HTML needs not. */
function inlineSvg(svg: string, title: string): Markup {
  const [, viewBox] = /^<svg[^>]* (viewBox="[\d\s.]+")/.exec(svg) ?? []
  const inner = svg.slice(svg.indexOf('>') + 1)
  return html`<svg role="img" aria-label="${title}" ${new Markup(viewBox ?? '')}>
    ${new Markup(inner)}
   `
}

function howToRead(): Markup {
  return html`<h2>How to read this</h2>
    <p>
      A record is timed from when it was due, not from when it was sent: what waits for a slow
      broker counts. A curve goes through the medians of the rounds of each rate; the band around it
      reaches from the least to the most. A point is hollow where less than ${100 * REACHED_SHARE} %
      of the offered rate was reached. Plots by percentile have all rounds together. By how much
      rounds differ is told of their median latencies or of the rates they reached, whichever is
      more: from the least to the most, as a share of their median. A round in which records failed
      counts for nothing: it stands under “Every round” alone. Latencies are in milliseconds; 1 MB
      is 1,000,000 bytes.
    </p>`
}
