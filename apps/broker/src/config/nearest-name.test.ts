import { expect, test } from 'vitest'

import { brokerKeyNames } from './broker-keys.ts'
import { editDistance, nearestName } from './nearest-name.ts'

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
  expect(nearestName(written, brokerKeyNames())).toBe(meant)
})

test('among nothing there is no nearest', () => {
  expect(nearestName('a', [])).toBeUndefined()
})
