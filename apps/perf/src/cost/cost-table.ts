import { decimalBytes, timeText } from '@pafka/command'

import { assumptions, figureSources, priceSources } from './assumptions.ts'
import type { Compared } from './comparison.ts'
import type { CostQuestion } from './cost-options.ts'
import type { Plan } from './plan.ts'

type Row = readonly string[]

const NONE = '-'
/** The names of contestants, machines and limits; what follows is numbers. */
const TEXT_COLUMNS = new Set([0, 1, 3])

/** For people: a row each, a gap between series, then what it rests on. */
export function costTable(
  series: readonly (readonly Compared[])[],
  { demand, prices }: CostQuestion,
): string {
  const plans = series.flat().map(({ plan }) => plan)
  const { targetRate, fanOut, replicationFactor: copies, retentionMs } = demand
  const kept = retentionMs === undefined ? '' : `, kept for ${timeText(retentionMs)}`
  const read = decimalBytes(targetRate * fanOut)
  const asked = `${decimalBytes(targetRate)}/s produced, ${read}/s read, copies: ${copies}${kept}`
  const money = [`bought, ${prices.currency}`, `a month, ${prices.currency}`]
  const heads = [
    '',
    'machine',
    'machines',
    'limit',
    ...money,
    'machines to first',
    'money to first',
  ]
  const sections = [
    ['assumes', assumptions(plans, demand, prices)],
    ['figures', figureSources(plans)],
    ['prices', priceSources(plans)],
  ] as const
  return [
    `${asked}\n`,
    ...aligned(
      [heads],
      series.map((all) => all.map(rowOf)),
    ),
    ...sections.flatMap(([name, lines]) => {
      return lines.length === 0 ? [] : [`\n${name}:\n`, ...lines.map((line) => `  ${line}\n`)]
    }),
  ].join('')
}

function rowOf({ plan, machinesToFirst, moneyToFirst }: Compared): Row {
  return [
    ...[plan.contestant.name, plan.machine?.name ?? NONE, numberText(plan.machines)],
    ...[plan.boundBy.join(', ') || NONE, moneyText(plan.bought), moneyText(plan.perMonth)],
    ...[ratioText(machinesToFirst), moneyToFirst === undefined ? NONE : ratioText(moneyToFirst)],
    ...addedText(plan),
  ]
}

function addedText({ addedDrives }: Plan): Row {
  if (addedDrives === undefined) return []
  const { drive, count } = addedDrives
  return [`with ${numberText(count)} ${drive.isByGb ? 'GB of' : 'x'} ${drive.name}`]
}

/** Text to the left, numbers to the right; a blank line before each group. */
function aligned(heads: readonly Row[], groups: readonly (readonly Row[])[]): string[] {
  const rows = [...heads, ...groups.flat()]
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) => {
    return Math.max(...rows.map((row) => row[at]?.length ?? 0))
  })
  const line = (row: Row): string => {
    const cells = row.map((cell, at) => {
      const [width = 0, isText] = [widths[at], TEXT_COLUMNS.has(at) || at >= 8]
      return isText ? cell.padEnd(width) : cell.padStart(width)
    })
    return `${cells.join('  ').trimEnd()}\n`
  }
  return [heads, ...groups].flatMap((group) => ['\n', ...group.map(line)])
}

function numberText(count: number): string {
  return count.toLocaleString('en-US')
}

function moneyText(amount: number | undefined): string {
  if (amount === undefined) return NONE
  return amount.toLocaleString('en-US', { maximumFractionDigits: amount < 100 ? 2 : 0 })
}

function ratioText(ratio: number): string {
  return ratio.toLocaleString('en-US', { maximumSignificantDigits: ratio < 1 ? 2 : 3 })
}
