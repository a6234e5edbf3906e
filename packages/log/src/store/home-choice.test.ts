import { expect, test } from 'vitest'

import type { TierName } from '../tiers/tier-name.ts'
import type { TierOptions } from '../tiers/tier.ts'
import { type HomeWish, wantedTiers } from './home-choice.ts'

const names: readonly TierName[] = ['NVME', 'SSD', 'HDD']
const tiers: readonly TierOptions[] = names.map((name) => ({ name, paths: [] }))

function wish(pin: string | null, prefer: string | null, exclude: readonly string[]): HomeWish {
  return { storageTierPin: pin, storageTierPrefer: prefer, storageTierExclude: exclude }
}

test.each<[string, HomeWish, readonly TierName[]]>([
  ['nothing', wish(null, null, []), ['NVME', 'SSD', 'HDD']],
  ['a pin', wish('HDD', null, []), ['HDD', 'NVME', 'SSD']],
  ['a pin that it prefers', wish('SSD', 'SSD', []), ['SSD', 'NVME', 'HDD']],
  ['a pin above what it prefers', wish('HDD', 'SSD', []), ['HDD', 'SSD', 'NVME']],
  ['not the first', wish(null, null, ['NVME']), ['SSD', 'HDD']],
  ['the last, not the first', wish(null, 'HDD', ['NVME']), ['HDD', 'SSD']],
  ['a pin against what it excludes', wish('NVME', null, ['NVME', 'SSD']), ['NVME', 'HDD']],
  ['tiers that are gone', wish('PMEM', 'PMEM', ['PMEM']), ['NVME', 'SSD', 'HDD']],
])('a topic that wants %s', (_, wanted, order) => {
  expect(wantedTiers(tiers, wanted).map(({ name }) => name)).toEqual(order)
})
