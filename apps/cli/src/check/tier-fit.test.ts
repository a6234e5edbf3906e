import { expect, test } from 'vitest'

import { madeUpMeasured, madeUpPath, madeUpPlatter } from '../../test/made-up-path.ts'
import { tierFit } from './tier-fit.ts'

const mapped = { way: 'mapped', count: 9, p50Ms: 0.0004, p99Ms: 0.001, maxMs: 0.01 } as const

test.each([
  ['a quick disk', madeUpMeasured(2000, 0.1), 'NVME'],
  ['a quick disk with slow syncs', madeUpMeasured(2000, 2), 'SSD'],
  ['a disk on SATA', madeUpMeasured(450, 0.5), 'SSD'],
  ['slow syncs', madeUpMeasured(2000, 8), 'HDD'],
  ['a slow disk', madeUpMeasured(90, 0.1), 'HDD'],
  ['persistent memory', madeUpMeasured(3000, 0.1, { durableWrites: mapped }), 'PMEM'],
  ['memory', madeUpMeasured(3000, 0.1, { io: 'memory', durableWrites: mapped }), undefined],
])('%s', (_, measured, expected) => {
  expect(tierFit(madeUpPath(), measured)).toBe(expected)
})

test('a platter is one, whatever its cache does, unless it is said by a host', () => {
  const quick = madeUpMeasured(2000, 0.1)
  expect(tierFit(madeUpPlatter(), quick)).toBe('HDD')
  expect(tierFit({ disks: [{ name: 'vda', isVirtual: true, isRotating: true }] }, quick)).toBe(
    'NVME',
  )
})
