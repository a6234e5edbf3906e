import { expect, test } from 'vitest'

import { firstNames } from './first-names.ts'

test('names a few', () => {
  expect(firstNames([])).toBe('')
  expect(firstNames(['t-0', 't-1'])).toBe('t-0 t-1')
  expect(firstNames(['t-0', 't-1', 't-2', 't-3'])).toBe('t-0 t-1 t-2')
})
