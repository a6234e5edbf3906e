import { isTierName, TIER_MEDIA } from '@pafka/log'

import type { BrokerValues } from './broker-values.ts'
import { tierSettings } from './tier-settings.ts'

/** Checks Pafka's own keys. */
export function checkTiers(values: BrokerValues, problems: string[]): void {
  checkTypes(values, problems)
  checkPaths(values, problems)
  const { storageMigrateThreshold: threshold, storageMigrateLowWatermark: low } = values
  if (threshold > 0 && low >= threshold) {
    problems.push('storage.migrate.low.watermark: should be below storage.migrate.threshold')
  }
}

const TYPES = 'storage.tiers.types'

function checkTypes(values: BrokerValues, problems: string[]): void {
  const types = values.storageTiersTypes
  const most = tierSettings(values).length
  if (types.length < 2) problems.push(`${TYPES}: should name two tiers or more`)
  if (types.length > most) problems.push(`${TYPES}: should name ${most} tiers at most`)
  const foreign = types.find((type) => !isTierName(type))
  if (foreign !== undefined) {
    problems.push(
      `${TYPES}: ${foreign} must be one of: ${TIER_MEDIA.join(', ')}, ` +
        'or one with a name of its own behind it, as SSD-big',
    )
  }
  const twice = types.find((type, at) => types.indexOf(type) !== at)
  if (twice !== undefined) {
    problems.push(
      `${TYPES}: ${twice} is there twice; tell them apart, as ${twice}-1 and ${twice}-2`,
    )
  }
}

function checkPaths(values: BrokerValues, problems: string[]): void {
  const count = values.storageTiersTypes.length
  const named = `${TYPES} names ${count} tiers`
  for (const [at, { key, paths, sizes }] of tierSettings(values).entries()) {
    if (at < count && paths.length === 0) {
      problems.push(`${key}.paths: ${named}, this has no path`)
    }
    if (at >= Math.max(2, count) && paths.length > 0) {
      problems.push(`${key}.paths: ${named}, this is of one more`)
    }
    const bad = sizes.find((size) => size !== '-1' && !/^[1-9]\d{0,15}$/.test(size))
    if (bad !== undefined) problems.push(`${key}.sizes: ${bad} should be bytes, or -1 for all`)
    if (paths.length > 0 && sizes.length > paths.length) {
      problems.push(`${key}.sizes: has more values than ${key}.paths`)
    }
  }
}
