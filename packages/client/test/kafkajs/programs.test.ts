import { expect, test } from 'vitest'

import { twice } from './twice.ts'

test('messages are sent and read', async () => {
  const { theirs, ours } = await twice(() => import('./programs/orders.ts'), {
    topics: { orders: 2 },
  })
  expect(theirs).not.toEqual([])
  expect(ours).toEqual(theirs)
})
