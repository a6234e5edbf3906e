import { expect, test } from 'vitest'

import { concurrently } from './concurrently.ts'

test('as many at a time as the limit says, in order', async () => {
  const begun: number[] = []
  let [running, most] = [0, 0]
  await concurrently([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item)
    running += 1
    most = Math.max(most, running)
    await Promise.resolve()
    running -= 1
  })
  expect([begun, most]).toEqual([[1, 2, 3, 4, 5], 2])
})

test('rejects with the first failure', async () => {
  const failing = concurrently([1, 2], 2, async (item) => {
    throw new Error(`item ${item}`)
  })
  await expect(failing).rejects.toThrow('item 1')
})
