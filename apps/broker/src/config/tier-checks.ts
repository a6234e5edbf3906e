import type { BrokerValues } from './broker-values.ts'

/** Checks Pafka's own keys. */
export function checkTiers(values: BrokerValues, problems: string[]): void {
  const types = values.storageTiersTypes
  if (types.length < 2) problems.push('storage.tiers.types: should name two tiers or more')
  const tiers = [
    ['first', values.storageTiersFirstPaths, values.storageTiersFirstSizes],
    ['second', values.storageTiersSecondPaths, values.storageTiersSecondSizes],
    ['third', values.storageTiersThirdPaths, values.storageTiersThirdSizes],
  ] as const
  for (const [at, [name, paths, sizes]] of tiers.entries()) {
    const key = `storage.tiers.${name}`
    if (at < types.length && (paths === null || paths.length === 0)) {
      problems.push(
        `${key}.paths: storage.tiers.types names ${types.length} tiers, this has no path`,
      )
    }
    const bad = sizes.find((size) => size !== '-1' && !/^[1-9]\d{0,15}$/.test(size))
    if (bad !== undefined) problems.push(`${key}.sizes: ${bad} should be bytes, or -1 for all`)
    if (paths !== null && sizes.length > paths.length) {
      problems.push(`${key}.sizes: has more values than ${key}.paths`)
    }
  }
  if (types.length > tiers.length) problems.push('storage.tiers.types: three tiers at most')
  const { storageMigrateThreshold: threshold, storageMigrateLowWatermark: low } = values
  if (threshold > 0 && low >= threshold) {
    problems.push('storage.migrate.low.watermark: should be below storage.migrate.threshold')
  }
}
