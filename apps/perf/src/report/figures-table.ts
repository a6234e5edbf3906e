import { SECOND_MS } from '@pafka/base'
import { percent } from '@pafka/command'

import { isGeneratorBusy } from './busy-generator.ts'
import { isFailed } from './failed-points.ts'
import { figureText, megabytesText, wholeText } from './figure-text.ts'
import { swatch } from './legend.ts'
import { html, type Markup, type MarkupPart } from './markup.ts'
import { groupNoise } from './noise.ts'
import {
  isReached,
  latencySpread,
  type LatencyKind,
  type RateGroup,
  rateOrder,
  rateSpread,
  type Round,
  type Spread,
} from './rate-group.ts'

/** Those of a table, in percent. */
const PERCENTILES = [50, 95, 99, 99.9, 'max'] as const

const LATENCY_HEADS = PERCENTILES.map((one) => (one === 'max' ? 'max ms' : `p${one} ms`))

interface Line {
  readonly contestant: string
  readonly cells: readonly MarkupPart[]
}

/** Medians of the rounds, contestants beside each other. @param groups of one workload */
export function medianTable(groups: readonly RateGroup[], contestants: readonly string[]): Markup {
  const lines = groups.toSorted(rateOrder).map((group): Line => {
    const { contestant, rounds, failed } = group
    const reached = rateCell(rateSpread(group), wholeText, !isReached(group))
    const bytes = rateCell(rateSpread(group, 'bytesPerSecond'), megabytesText)
    const rest = [cell(rounds.length), failedCell(failed.length), noiseCell(group)]
    const cells = [offeredCell(group), reached, bytes, latencyCells(group, 'acked'), ...rest]
    return { contestant, cells }
  })
  const rates = ['offered/s', 'reached/s', 'MB/s']
  const heads = [...rates, ...LATENCY_HEADS, 'rounds', 'rounds failed', 'rounds differ by']
  return table('Until the ack: medians of the rounds', { heads, lines, contestants })
}

/** As the other one, of those that were read. @returns undefined where nobody read */
export function readTable(
  groups: readonly RateGroup[],
  contestants: readonly string[],
): Markup | undefined {
  const lines = groups.toSorted(rateOrder).flatMap((group): Line | readonly Line[] => {
    if (latencySpread(group, 'read', 50) === undefined) return []
    const reached = rateCell(rateSpread(group), wholeText)
    const cells = [offeredCell(group), reached, latencyCells(group, 'read')]
    return { contestant: group.contestant, cells }
  })
  if (lines.length === 0) return undefined
  const heads = ['offered/s', 'reached/s', ...LATENCY_HEADS]
  const caption = 'Until a consumer has the record: medians of the rounds'
  return table(caption, { heads, lines, contestants })
}

/** Every point by itself. */
export function roundsTable(groups: readonly RateGroup[], contestants: readonly string[]): Markup {
  const isRead = groups.some((group) => roundsOf(group).some(({ latencies }) => latencies.read))
  const isWhole = groups.every(({ failed }) => failed.length === 0)
  const lines = groups.flatMap((group) =>
    roundsOf(group).map((round): Line => {
      const one: RateGroup = { ...group, rounds: [round] }
      const read = isRead ? latencyCells(one, 'read') : []
      const latencies = [...latencyCells(one, 'acked'), ...read]
      const busy = cell(percent(round.busyShare), isGeneratorBusy(round))
      const rest = [failedCell(round.failed), busy]
      const why = isWhole ? [] : [problemCell(round)]
      const cells = [offeredCell(group), roundCells(round), latencies, rest, why]
      return { contestant: group.contestant, cells }
    }),
  )
  const read = isRead ? LATENCY_HEADS.map((head) => `read ${head}`) : []
  const rates = ['offered/s', 'round', 'records', 'seconds', 'reached/s', 'MB/s']
  const why = isWhole ? [] : ['counts']
  const heads = [...rates, ...LATENCY_HEADS, ...read, 'failed', 'generator busy', ...why]
  return table('Every round', { heads, lines, contestants })
}

interface Content {
  /** Of all columns but the first one. */
  readonly heads: readonly string[]
  readonly lines: readonly Line[]
  readonly contestants: readonly string[]
}

function table(caption: string, { heads, lines, contestants }: Content): Markup {
  const columns = heads.map((head) => html`<th scope="col">${head}</th>`)
  const rows = lines.map(({ contestant: name, cells }) => {
    const look = swatch(contestants.indexOf(name))
    return html`<tr>
      <th scope="row" title="${name}">${look} ${name}</th>
      ${cells}
    </tr>`
  })
  return html`<div class="scroll" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">contestant</th>
          ${columns}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

function cell(text: MarkupPart, isBad = false): Markup {
  return isBad ? html`<td class="bad">${text}</td>` : html`<td>${text}</td>`
}

function offeredCell({ offeredPerSecond }: RateGroup): Markup {
  return cell(offeredPerSecond === undefined ? 'highest' : wholeText(offeredPerSecond))
}

/** Also those that failed, in their order. */
function roundsOf({ rounds, failed }: RateGroup): Round[] {
  return [...rounds, ...failed].toSorted((one, other) => one.round - other.round)
}

function rateCell(
  spread: Spread | undefined,
  text: (perSecond: number) => string,
  isBad = false,
): Markup {
  return cell(spread === undefined ? '–' : text(spread.median), isBad)
}

function problemCell(round: Round): Markup {
  if (!isFailed(round)) return cell('yes')
  return html`<td class="bad why">no: ${round.problem ?? 'records failed'}</td>`
}

function failedCell(failed: number): Markup {
  return cell(wholeText(failed), failed > 0)
}

function roundCells(one: Round): Markup[] {
  const { round, records, elapsedMs, recordsPerSecond, bytesPerSecond } = one
  const counts = [wholeText(records), figureText(elapsedMs / SECOND_MS)]
  const speeds = [wholeText(recordsPerSecond), megabytesText(bytesPerSecond)]
  // the reason stands at the end of a row that may be wider than a screen
  const which = isFailed(one) ? cell(`${round}, failed`, true) : cell(round)
  return [which, ...[...counts, ...speeds].map((text) => cell(text))]
}

function latencyCells(group: RateGroup, kind: LatencyKind): Markup[] {
  return PERCENTILES.map((one) => {
    const spread = latencySpread(group, kind, one)
    return cell(spread === undefined ? '–' : figureText(spread.median))
  })
}

/** Of the latency and of the rate, whichever differs more. */
function noiseCell(group: RateGroup): Markup {
  const { latencyShare, rateShare, isNoisy, rounds } = groupNoise(group)
  if (rounds < 2) return cell('–')
  const what = latencyShare >= rateShare ? 'p50' : 'rate'
  const share = percent(Math.max(latencyShare, rateShare))
  return cell(html`${share} <small>${what}</small>`, isNoisy)
}
