import { expect, test } from 'vitest'

import { twice } from './twice.ts'

const t = { topics: { t: 2 } }

test.each([
  ['sends and reads', async () => import('./fixtures/orders.ts'), { topics: { orders: 2 } }],
  ['handles batches', async () => import('./fixtures/batches.ts'), { topics: { numbers: 1 } }],
  ['seeks and rests', async () => import('./fixtures/seek-and-pause.ts'), { topics: { notes: 1 } }],
  ['seeks too far', async () => import('./fixtures/seek-beyond.ts'), { topics: { notes: 1 } }],
  ['looks after a cluster', async () => import('./fixtures/administration.ts'), {}],
  ['makes mistakes', async () => import('./fixtures/mistakes.ts'), t],
  ['has no brokers', async () => import('./fixtures/no-brokers.ts'), {}],
  ['writes to the log', async () => import('./fixtures/log-lines.ts'), {}],
  ['sends garbage', async () => import('./fixtures/garbage.ts'), { topics: { t: 1 } }],
  ['fails', async () => import('./fixtures/failing-handler.ts'), { topics: { jobs: 1 } }],
  ['has transactions', async () => import('./fixtures/transfers.ts'), { topics: { money: 1 } }],
  [
    'assigns partitions',
    async () => import('./fixtures/assigners.ts'),
    { topics: { t1: 2, t2: 1 } },
  ],
  ['listens', async () => import('./fixtures/instrumentation.ts'), { topics: { t: 1 } }],
])('a program that %s prints the same', async (_, load, stage) => {
  const { theirs, ours } = await twice(load, stage)
  expect(theirs).not.toEqual([])
  expect(ours).toEqual(theirs)
})
