import { expect, test } from 'vitest'

import { memoryFileSystem } from '../files/memory-file-system.ts'
import type { TierName } from '../tiers/tier-name.ts'
import type { TierOptions } from '../tiers/tier.ts'
import { chooseHome, type HomeWish, placesFor, wantedTiers } from './home-choice.ts'
import { LogDir } from './log-dir.ts'

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

const ANY: HomeWish = wish(null, null, [])

/** Paths by the bytes that are free there. */
function dirsOf(free: Readonly<Record<string, number>>): LogDir[] {
  return Object.entries(free).map(([path, freeBytes]) => {
    const dir = new LogDir(memoryFileSystem(), path)
    dir.directoryId = path
    dir.freeBytes = freeBytes
    return dir
  })
}

function countsOf(dirs: readonly LogDir[], isTiered: boolean, partitions: number): number[] {
  const paths = dirs.map(({ path }) => ({ path, sizeBytes: -1 }))
  const resolved = { tiers: isTiered ? [{ name: 'SSD' as const, paths }] : [] }
  const wishes = Array.from({ length: partitions }, () => ANY)
  const places = placesFor({ dirs, resolved }, wishes)
  return dirs.map(({ path }) => places.filter((place) => place === path).length)
}

test.each([true, false])('new partitions go where most is free; tiers: %s', (isTiered) => {
  expect(countsOf(dirsOf({ '/a': 100, '/b': 900 }), isTiered, 20)).toEqual([2, 18])
  expect(countsOf(dirsOf({ '/a': 0, '/b': 900 }), isTiered, 20)).toEqual([0, 20])
})

test.each([true, false])('no new partition goes to a full path; tiers: %s', (isTiered) => {
  const dirs = dirsOf({ '/a': 100, '/b': 900 })
  const [, full] = dirs
  if (full !== undefined) full.isShort = true
  expect(countsOf(dirs, isTiered, 20)).toEqual([20, 0])
})

test('where free space is not known each dir gets as many', () => {
  expect(countsOf(dirsOf({ '/a': -1, '/b': -1 }), false, 20)).toEqual([10, 10])
})

test('where all are full one is chosen still: its log says why it takes nothing', () => {
  const dirs = dirsOf({ '/a': 0, '/b': 0 })
  for (const dir of dirs) dir.isShort = true
  expect(chooseHome({ dirs, resolved: { tiers: [] } }, undefined, ANY).path).toBe('/a')
})
