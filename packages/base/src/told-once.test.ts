import { expect, test } from 'vitest'

import { ToldOnce } from './told-once.ts'

test('what was told is not told again, until much else was', () => {
  const told = new ToldOnce()
  expect([told.isNew('a'), told.isNew('b'), told.isNew('a'), told.isNew('b')]).toEqual([
    true,
    true,
    false,
    false,
  ])
  for (let at = 0; at < 99; at++) expect(told.isNew(String(at))).toBe(true)
  expect([told.isNew('b'), told.isNew('a')]).toEqual([false, true])
})
