import { expect, test } from 'vitest'

import { OffsetLedger } from './offset-ledger.ts'

const place = { topic: 't', partition: 0 }
const other = { topic: 't', partition: 1 }

function ledger(): OffsetLedger {
  const opened = new OffsetLedger(0)
  for (const one of [place, other]) opened.open(one)
  opened.committed(place, 10)
  opened.committed(other, 0)
  return opened
}

test('what is resolved is to be committed once, as the offset after it', () => {
  const offsets = ledger()
  expect(offsets.uncommitted()).toEqual([])
  offsets.resolve(place, 14)
  expect(offsets.uncommitted()).toEqual([{ ...place, offset: 15 }])
  offsets.wasCommitted(offsets.uncommitted(), 0)
  expect(offsets.uncommitted()).toEqual([])
  expect(offsets.nextOffset(place)).toBe(15)
})

test('it is time to commit by a clock, or by a count of records over all partitions', () => {
  const offsets = ledger()
  expect(offsets.isDue({ intervalMs: null, threshold: null }, 1e9)).toBe(false)
  expect(offsets.isDue({ intervalMs: 100, threshold: null }, 99)).toBe(false)
  expect(offsets.isDue({ intervalMs: 100, threshold: null }, 100)).toBe(true)
  offsets.resolve(place, 11)
  offsets.resolve(other, 1)
  expect(offsets.isDue({ intervalMs: null, threshold: 5 }, 0)).toBe(false)
  expect(offsets.isDue({ intervalMs: null, threshold: 4 }, 0)).toBe(true)
  offsets.wasCommitted(offsets.uncommitted(), 50)
  expect(offsets.isDue({ intervalMs: 100, threshold: 4 }, 149)).toBe(false)
  expect(offsets.isDue({ intervalMs: 100, threshold: 4 }, 150)).toBe(true)
})

test('a partition that was given up is not committed, whatever is resolved of it later', () => {
  const offsets = ledger()
  offsets.resolve(place, 11)
  offsets.close(place)
  offsets.resolve(place, 12)
  expect(offsets.uncommitted()).toEqual([])
  expect(offsets.nextOffset(place)).toBeUndefined()
})

test('after a seek the member goes on there, and not where the group was', () => {
  const offsets = ledger()
  offsets.resolve(place, 20)
  offsets.seek(place, 3)
  expect(offsets.nextOffset(place)).toBe(3)
  expect(offsets.uncommitted()).toEqual([{ ...place, offset: 3 }])
})

test('a group that has no offset, as it is said below 0, goes on where nobody knows yet', () => {
  const offsets = ledger()
  offsets.wasCommitted([{ ...place, offset: -2 }], 1)
  expect(offsets.nextOffset(place)).toBeUndefined()
  expect(offsets.uncommitted()).toEqual([])
})
