import { expect, test } from 'vitest'

import { features } from './feature-table.ts'

test('the levels of each feature make sense, and none is done that is not offered', () => {
  for (const { name, minLevel, maxLevel, level } of features) {
    expect([name, minLevel >= 0 && minLevel <= level && level <= maxLevel]).toEqual([name, true])
  }
  const names = features.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)].toSorted())
})
