import { expect, test } from 'vitest'

import { capabilityOf, type ProbedFacts, withGranularity } from './capability.ts'

const dax: ProbedFacts = {
  fileSystem: 'ext4',
  mapSyncError: undefined,
  isDax: true,
  domain: 'memory_controller',
  copyInstruction: 'movntdq',
  flushInstruction: 'clwb',
}

interface Example {
  readonly name: string
  readonly facts: Partial<ProbedFacts>
  readonly granularity: string
  readonly isPowerSafe: boolean
  readonly hasMapSync: boolean
}

const safe = { isPowerSafe: true, hasMapSync: true }
const unsafe = { isPowerSafe: false, hasMapSync: true }
const plain = { isPowerSafe: false, hasMapSync: false }

const examples: readonly Example[] = [
  { name: 'MAP_SYNC and a memory controller', facts: {}, granularity: 'cache-line', ...safe },
  { name: 'caches that survive', facts: { domain: 'cpu_cache' }, granularity: 'byte', ...safe },
  { name: 'memmap', facts: { domain: 'unknown' }, granularity: 'cache-line', ...unsafe },
  { name: 'no flush', facts: { flushInstruction: 'none' }, granularity: 'page', ...unsafe },
  {
    name: 'no flush and caches that survive',
    facts: { flushInstruction: 'none', domain: 'cpu_cache' },
    granularity: 'byte',
    ...safe,
  },
  { name: 'an old kernel', facts: { isDax: undefined }, granularity: 'cache-line', ...safe },
  { name: 'MAP_SYNC without DAX', facts: { isDax: false }, granularity: 'page', ...plain },
  { name: 'a disk', facts: { mapSyncError: 'EOPNOTSUPP' }, granularity: 'page', ...plain },
  {
    name: 'tmpfs, whatever else is said',
    facts: { fileSystem: 'tmpfs', mapSyncError: 'EOPNOTSUPP', domain: 'cpu_cache', isDax: false },
    granularity: 'cache-line',
    ...plain,
  },
  {
    name: 'tmpfs on a processor that cannot flush',
    facts: { fileSystem: 'tmpfs', mapSyncError: 'EOPNOTSUPP', flushInstruction: 'none' },
    granularity: 'page',
    ...plain,
  },
]

test.for(examples)('$name', ({ facts, granularity, isPowerSafe, hasMapSync }) => {
  const capability = capabilityOf({ ...dax, ...facts })
  expect(capability).toMatchObject({ persistGranularity: granularity, isPowerSafe, hasMapSync })
  expect(capability.why.endsWith('not power-safe')).toBe(!isPowerSafe)
})

test('a finer granularity than was probed is not power-safe, a coarser one is', () => {
  const probed = capabilityOf(dax)
  expect(withGranularity(probed, undefined)).toBe(probed)
  expect(withGranularity(probed, 'cache-line')).toBe(probed)
  expect(withGranularity(probed, 'byte')).toMatchObject({
    persistGranularity: 'byte',
    isPowerSafe: false,
  })
  expect(withGranularity(probed, 'page')).toMatchObject({
    persistGranularity: 'page',
    isPowerSafe: true,
  })
})
