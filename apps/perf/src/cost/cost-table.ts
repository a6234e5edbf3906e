import { decimalBytes, timeText } from '@pafka/command'

import { tableLines } from '../print/table.ts'
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
      heads,
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

/** A blank line before each group. */
function aligned(heads: Row, groups: readonly (readonly Row[])[]): string[] {
  const isText = (column: number): boolean => TEXT_COLUMNS.has(column) || column >= heads.length
  const [first, ...lines] = tableLines(heads, groups.flat(), isText)
  let taken = 0
  const grouped = groups.map((group) => lines.slice(taken, (taken += group.length)))
  return [[first], ...grouped].flatMap((group) => ['\n', ...group.map((line) => `${line}\n`)])
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
