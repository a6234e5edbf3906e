import { resolve } from 'node:path'

import { isTierName, isWithin, type TierOptions } from '@pafka/log'

import type { BrokerValues } from './broker-values.ts'
import { tierSettings } from './tier-settings.ts'

/** Tiers, fastest first, with absolute paths; none unless `log.channel.type` is `tiered`. */
export function resolveTiers(values: BrokerValues, problems: string[]): readonly TierOptions[] {
  if (values.logChannelType !== 'tiered') return []
  const settings = tierSettings(values)
  const tiers = values.storageTiersTypes.filter(isTierName).map((name, at) => {
    const { paths = [], sizes = [] } = settings[at] ?? {}
    return { name, paths: paths.map((path, one) => pathOptions(path, sizes, one)) }
  })
  checkApart(tiers, problems)
  return tiers
}

/** A shorter list of sizes repeats its last value. */
function pathOptions(
  path: string,
  sizes: readonly string[],
  at: number,
): { readonly path: string; readonly sizeBytes: number } {
  return { path: resolve(path), sizeBytes: Number(sizes[at] ?? sizes.at(-1) ?? -1) }
}

/** Each path is a log dir of its own. */
function checkApart(tiers: readonly TierOptions[], problems: string[]): void {
  const paths = tiers.flatMap((tier) => tier.paths.map(({ path }) => path))
  for (const [at, path] of paths.entries()) {
    const other = paths.find((one, before) => before !== at && isWithin(path, one))
    if (other !== undefined && (other !== path || paths.indexOf(path) === at)) {
      problems.push(`storage.tiers: ${path} lies in ${other}, which is a path of a tier itself`)
    }
  }
}
