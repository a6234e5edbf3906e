import { expect, test } from 'vitest'

import { editDistance, nearestName } from './nearest-name.ts'

const KEYS = [
  ...['log.dirs', 'log.retention.hours', 'log.retention.ms', 'log.segment.bytes', 'listeners'],
  ...['num.partitions', 'num.network.threads', 'storage.tiers.first.paths'],
]

test('edits are inserted, deleted, changed and swapped letters', () => {
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('abc', '')).toBe(3)
  expect(editDistance('abc', 'abc')).toBe(0)
  expect(editDistance('abc', 'abd')).toBe(1)
  expect(editDistance('abc', 'acb')).toBe(1)
  expect(editDistance('ca', 'abc')).toBe(3)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})

test.each([
  ['log.retension.ms', 'log.retention.ms'],
  ['log.retention.hour', 'log.retention.hours'],
  ['log.drs', 'log.dirs'],
  ['listener', 'listeners'],
  ['num.partition', 'num.partitions'],
  ['storage.tier.first.path', 'storage.tiers.first.paths'],
])('%s is nearest to %s', (written, meant) => {
  expect(nearestName(written, KEYS)).toBe(meant)
})

test('among nothing there is no nearest', () => {
  expect(nearestName('a', [])).toBeUndefined()
})
