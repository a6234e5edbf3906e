import { expect, test } from 'vitest'

import { Bell } from './bell.ts'

test('all who wait go on when it rings, and who comes later waits for the next time', async () => {
  const bell = new Bell()
  bell.ring()
  const heard: string[] = []
  const waits = async (who: string): Promise<void> => {
    await bell.heard()
    heard.push(who)
  }
  const early = [waits('a'), waits('b')]
  bell.ring()
  const late = waits('c')
  await Promise.all(early)
  expect(heard).toEqual(['a', 'b'])
  bell.ring()
  await late
  expect(heard).toEqual(['a', 'b', 'c'])
})
