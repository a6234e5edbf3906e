import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { takeBuildLock } from './build-lock.ts'

test('the second build waits for the first', async () => {
  const order: string[] = []
  const first = await takeBuildLock()
  const second = takeBuildLock().then((lock) => {
    order.push('second')
    lock[Symbol.dispose]()
  })
  await sleep(50)
  order.push('first is done')
  first[Symbol.dispose]()
  await second
  expect(order).toEqual(['first is done', 'second'])
})
