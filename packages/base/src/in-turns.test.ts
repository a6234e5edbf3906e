import { expect, test } from 'vitest'

import { inTurns } from './in-turns.ts'

test('every item in order, so many in a turn of the event loop', async () => {
  const seen: (number | string)[] = []
  setImmediate(() => seen.push('others'))
  const done = inTurns([1, 2, 3, 4, 5], 2, (item) => void seen.push(item))
  expect(seen).toEqual([1, 2])
  await done
  expect(seen).toEqual([1, 2, 'others', 3, 4, 5])
})

test('the first failure ends it', async () => {
  const seen: number[] = []
  const done = inTurns([1, 2, 3], 1, (item) => {
    if (item === 2) throw new Error('two')
    seen.push(item)
  })
  await expect(done).rejects.toThrow('two')
  expect(seen).toEqual([1])
})
