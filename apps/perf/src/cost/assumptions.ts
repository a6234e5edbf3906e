import { percent, timeText } from '@pafka/command'

import { type Demand, type Plan, roomOf, storageBytes } from './plan.ts'
import { HOURS_A_MONTH, type PriceList } from './price-list.ts'

/** What the numbers of machines and the money rest on, a sentence each. */
export function assumptions(
  plans: readonly Plan[],
  demand: Demand,
  prices: PriceList,
): readonly string[] {
  return [
    'n machines do n times what one did: nothing here was measured on more than one',
    'producing and consuming go on at once, each as fast as it was measured by itself',
    ...ofDemand(demand),
    ...ofPlans(plans, demand),
    ...ofPrices(plans, prices),
  ]
}

function ofDemand({ replicationFactor, retentionMs, headroom, fanOut }: Demand): string[] {
  const [used, free] = [percent(headroom), percent(1 - headroom)]
  return [
    headroom === 1
      ? 'all of what was measured is used: no room for peaks, or for a machine that is away'
      : `${used} of what was measured, of networks and of drives are used; ${free} are for peaks`,
    replicationFactor === 1
      ? 'one copy: nothing is sent from broker to broker, and what a machine had is lost with it'
      : `${replicationFactor} copies: a copy costs what a produced byte costs where it is kept, ` +
        'and what a read one costs where it comes from; no figure was measured with copies',
    `each byte is read ${fanOut === 1 ? 'once' : `${fanOut} times`}, at the tail`,
    retentionMs === undefined
      ? 'storage is not looked at: --retention asks for it'
      : `what is kept for ${timeText(retentionMs)} fills drives evenly; they are as fast when ` +
        'they are full, and those that are added are not asked how fast they are',
  ]
}

function ofPlans(plans: readonly Plan[], demand: Demand): string[] {
  const series = new Set(plans.map(({ contestant }) => contestant.series))
  const lacking = (what: (plan: Plan) => boolean, text: string): string[] => {
    const names = plans.filter(what).map(({ contestant }) => contestant.name)
    return names.length === 0 ? [] : [`${text}: ${names.join(', ')}`]
  }
  const isStored = storageBytes(demand) !== undefined
  return [
    ...(series.size > 1
      ? ['ratios are to the first of those that were measured together; others only stand below']
      : []),
    ...lacking(
      ({ contestant }) => contestant.produceRate === undefined,
      'producing sets no limit, as it was not measured',
    ),
    ...lacking(
      ({ contestant }) => contestant.consumeRate === undefined,
      'reading sets no limit, as it was not measured',
    ),
    ...lacking(
      ({ machine }) => machine === undefined,
      'no machine of the price list, so no money and no network',
    ),
    ...lacking(
      ({ machine }) => machine !== undefined && machine.networkRate === undefined,
      'the network sets no limit, as the price list does not say how fast it is',
    ),
    ...lacking(
      ({ machine }) => isStored && roomOf(machine) === undefined,
      'storage sets no limit, as the price list does not say how much there is',
    ),
  ]
}

function ofPrices(plans: readonly Plan[], { currency }: PriceList): string[] {
  const machines = plans.flatMap(({ machine }) => machine ?? [])
  if (machines.length === 0) return []
  const dates = [...new Set(machines.map(({ date }) => date))].toSorted()
  return [
    'a machine of the price list does what that did on which it was measured',
    `prices are in ${currency}, of ${dates.join(' and ')}, without discounts; a month has ` +
      `${HOURS_A_MONTH} hours; racks, switches, people and traffic between zones are not in them`,
  ]
}

/** What was measured, on what, and who says so, a line each. */
export function figureSources(plans: readonly Plan[]): readonly string[] {
  return plans.map(({ contestant: { name, produceRate, consumeRate, ...rest } }) => {
    const figures = [
      ...(produceRate === undefined ? [] : [`produce ${rateText(produceRate)}`]),
      ...(consumeRate === undefined ? [] : [`consume ${rateText(consumeRate)}`]),
    ]
    const said = [rest.hardware, rest.durability, rest.date].filter((word) => word !== undefined)
    const missing = (['hardware', 'durability', 'date'] as const).filter(
      (key) => rest[key] === undefined,
    )
    const words = [...said, ...(missing.length > 0 ? [`${missing.join(', ')}: not said`] : [])]
    return `${name}: ${figures.join(', ')} (${words.join('; ')}). ${rest.source}`
  })
}

/** Of what is bought, a line each. */
export function priceSources(plans: readonly Plan[]): readonly string[] {
  const machines = new Set(plans.flatMap(({ machine }) => machine ?? []))
  const drives = new Set(plans.flatMap(({ addedDrives }) => addedDrives?.drive ?? []))
  return [
    ...[...machines].map(({ name, about, date, source }) => {
      return `${name}: ${about} (${date}). ${source}`
    }),
    ...[...drives].map(({ name, date, source }) => `${name} (${date}). ${source}`),
  ]
}

/** With as many digits as figures have where they come from. */
function rateText(rate: number): string {
  return `${(rate / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB/s`
}
