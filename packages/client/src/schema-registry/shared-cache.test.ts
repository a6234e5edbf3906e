import { expect, test } from 'vitest'

import { SharedCache } from './shared-cache.ts'

test('one look-up is for all who ask, and what failed is looked up again', async () => {
  const cache = new SharedCache<number>(10)
  let count = 0
  const failing = async (): Promise<number> => {
    count += 1
    await Promise.resolve()
    throw new Error('not now')
  }
  const asked = [cache.get('a', failing), cache.get('a', failing)]
  for (const one of asked) await expect(one).rejects.toThrow('not now')
  expect(await cache.get('a', () => Promise.resolve(5))).toBe(5)
  expect(await cache.get('a', failing)).toBe(5)
  expect(count).toBe(1)
})

test('there are never more than may be', async () => {
  const cache = new SharedCache<number>(3)
  for (let key = 0; key < 100; key++) await cache.get(`${key}`, () => Promise.resolve(key))
  expect(cache.size).toBe(3)
  cache.clear()
  expect(cache.size).toBe(0)
})
