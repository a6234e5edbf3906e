import { decimalBytes, percent } from '../quantity.ts'
import type { TiersStatus } from './tiers-status.ts'

const BAR = 20

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
  for (const { path, usedBytes, capacityBytes, isOnline } of status.paths) {
    const share = capacityBytes > 0 ? usedBytes / capacityBytes : 0
    const bar = '#'.repeat(Math.round(Math.min(1, share) * BAR)).padEnd(BAR, '.')
    const sizes = [usedBytes, capacityBytes].map((bytes) => decimalBytes(bytes).padStart(10))
    const line = `${path.padEnd(width)}  ${sizes.join('  ')}  ${bar} ${percent(share)}`
    lines.push(isOnline ? line : `${line}  offline`)
  }
  lines.push('', ...wholeTiers(status))
  for (const { tiers, bytes } of status.moved) {
    const then = before?.status.moved.find((one) => one.tiers === tiers)?.bytes ?? bytes
    const rate =
      before === undefined ? '' : `, ${decimalBytes((bytes - then) / before.seconds)}/s now`
    lines.push(`moved ${tiers}: ${decimalBytes(bytes)}${rate}`)
  }
  lines.push(
    `under way: ${status.underWay}, to be moved: ${decimalBytes(status.excessBytes)}, ` +
      `failed tries: ${status.failures}`,
    `producers: ${producers(status)}`,
    `migrator: ${timesOf(status)}`,
  )
  return `${lines.join('\n')}\n`
}

/** Each tier as a whole. */
function wholeTiers({ tiers }: TiersStatus): string[] {
  if (tiers.length === 0) return []
  const rows = tiers.map(({ tier, state, usedBytes, freeBytes, excessBytes }) => {
    const sizes = [usedBytes, freeBytes, excessBytes].map(decimalBytes)
    return [tier, ...sizes, state]
  })
  const lines = [['tier', 'used', 'free', 'to leave', 'state'], ...rows].map(
    ([tier = '', used = '', free = '', leaves = '', state = '']) => {
      const sizes = [used, free, leaves].map((text) => text.padStart(10))
      return `${tier.padEnd(12)}  ${sizes.join('  ')}  ${state}`
    },
  )
  return [...lines, '']
}

function timesOf({ seconds: times }: TiersStatus): string {
  return times.map(({ state, seconds }) => `${state} ${seconds.toFixed(0)} s`).join(', ')
}

function producers({ pressure, tiers }: TiersStatus): string {
  const full = tiers.filter(({ state }) => state === 'full: takes no more').map(({ tier }) => tier)
  if (full.length > 0) return `refused by ${full.join(', ')}: no tier has room for what it has`
  if (pressure >= 1) return 'held, until storage has room'
  return pressure > 0.5 ? `slowed, pressure ${pressure.toFixed(2)}` : 'not slowed'
}
