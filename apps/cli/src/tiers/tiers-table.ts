import { decimalBytes, percent } from '@pafka/command'

import type { PathState, TiersStatus, TierStatus } from './tiers-status.ts'

const BAR = 20

/** What is said of a path beside its use. */
const MEETS: Readonly<Record<PathState, string>> = {
  taking: '',
  slowing: 'slows producers',
  holding: 'holds producers',
  refusing: 'refuses appends',
  offline: 'offline',
}
/** And of the time for which it was so. */
const WAS: readonly (readonly [PathState, string])[] = [
  ['slowing', 'producers slowed'],
  ['holding', 'held'],
  ['refusing', 'refused'],
  ['offline', 'offline'],
]
/** By the names of metrics. */
const TIER_TIMES: Readonly<Record<string, string>> = {
  rest: 'at rest',
  full: 'full',
  waiting: 'above its threshold in vain',
}

/**
 * For people.
 * @param before what it was some seconds ago, for rates
 */
export function tiersTable(
  status: TiersStatus,
  before?: { readonly status: TiersStatus; readonly seconds: number },
): string {
  const width = Math.max(4, ...status.paths.map(({ path }) => path.length))
  const lines = [`${'path'.padEnd(width)}  ${'used'.padStart(10)}  ${'of'.padStart(10)}`]
  for (const { path, usedBytes, capacityBytes, isOnline, state } of status.paths) {
    const share = capacityBytes > 0 ? usedBytes / capacityBytes : 0
    const bar = '#'.repeat(Math.round(Math.min(1, share) * BAR)).padEnd(BAR, '.')
    const sizes = [usedBytes, capacityBytes].map((bytes) => decimalBytes(bytes).padStart(10))
    const line = `${path.padEnd(width)}  ${sizes.join('  ')}  ${bar} ${percent(share)}`
    const said = isOnline ? MEETS[state] : 'offline'
    lines.push(said === '' ? line : `${line}  ${said}`)
  }
  lines.push('', ...wholeTiers(status))
  for (const { tiers, bytes } of status.moved) {
    const then = before?.status.moved.find((one) => one.tiers === tiers)?.bytes ?? bytes
    const rate =
      before === undefined ? '' : `, ${decimalBytes((bytes - then) / before.seconds)}/s now`
    lines.push(`moved ${tiers}: ${decimalBytes(bytes)}${rate}`)
  }
  if (status.seconds.length > 0) {
    lines.push(
      `under way: ${status.underWay}, to be moved: ${decimalBytes(status.excessBytes)}, ` +
        `failed tries: ${status.failures}`,
    )
  }
  lines.push(
    `producers: ${producers(status)}`,
    ...migratorTimes(status),
    ...status.tiers.flatMap(tierTimes),
    ...status.paths.flatMap(pathTimes),
  )
  return `${lines.join('\n')}\n`
}

/** Each tier as a whole. */
function wholeTiers({ tiers }: TiersStatus): string[] {
  if (tiers.length === 0) return []
  const rows = tiers.map(({ tier, state, usedBytes, freeBytes, excessBytes, pressure }) => {
    const sizes = [usedBytes, freeBytes, excessBytes].map(decimalBytes)
    return [tier, ...sizes, pressure.toFixed(2), state]
  })
  const lines = [['tier', 'used', 'free', 'to leave', 'pressure', 'state'], ...rows].map(
    ([tier = '', used = '', free = '', leaves = '', pressure = '', state = '']) => {
      const sizes = [used, free, leaves, pressure].map((text) => text.padStart(10))
      return `${tier.padEnd(12)}  ${sizes.join('  ')}  ${state}`
    },
  )
  return [...lines, '']
}

/** None where nothing is moved. */
function migratorTimes({ seconds: times }: TiersStatus): string[] {
  if (times.length === 0) return []
  const parts = times.map(({ state, seconds }) => `${state} ${seconds.toFixed(0)} s`)
  return [`migrator: ${parts.join(', ')}`]
}

/** What it did so far, without what never was. */
function tierTimes({ tier, seconds: times }: TierStatus): string[] {
  const passed = times.filter(({ seconds }) => seconds >= 1)
  const parts = passed.map(({ state, seconds }) => {
    return `${TIER_TIMES[state] ?? state} ${seconds.toFixed(0)} s`
  })
  return parts.length === 0 ? [] : [`time of ${tier}: ${parts.join(', ')}`]
}

/** Nothing of a path that always took appends. */
function pathTimes({ path, seconds: times }: TiersStatus['paths'][number]): string[] {
  const parts = WAS.flatMap(([state, said]) => {
    const seconds = times.find((one) => one.state === state)?.seconds ?? 0
    return seconds >= 1 ? [`${said} ${seconds.toFixed(0)} s`] : []
  })
  return parts.length === 0 ? [] : [`time at ${path}: ${parts.join(', ')}`]
}

function producers({ pressure, tiers }: TiersStatus): string {
  const full = tiers.filter(({ state }) => state === 'full: takes no more').map(({ tier }) => tier)
  if (full.length > 0) return `refused by ${full.join(', ')}: no tier has room for what it has`
  if (pressure >= 1) return 'held, until storage has room'
  return pressure > 0.5 ? `slowed, pressure ${pressure.toFixed(2)}` : 'not slowed'
}
