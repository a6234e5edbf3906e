import { StorageError } from '@pafka/base'
import { expect, test } from 'vitest'

import { segmentAt } from '../../test/test-segment.ts'
import { StoreHold } from './store-hold.ts'

test('covers a segment and those after it, until it ends', () => {
  const hold = new StoreHold()
  expect(hold.covers(segmentAt(0))).toBe(false)
  void hold.begin(segmentAt(10))
  expect([0, 10, 20].map((at) => hold.covers(segmentAt(at)))).toEqual([false, true, true])
  hold.end()
  expect(hold.covers(segmentAt(20))).toBe(false)
})

test('who begins it waits for what comes before', async () => {
  const hold = new StoreHold()
  const begun = hold.begin(segmentAt(10))
  hold.reached(segmentAt(0))
  expect(hold.isAwaited).toBe(true)
  hold.reached(segmentAt(10))
  expect(hold.isAwaited).toBe(false)
  await begun
  const again = hold.begin(segmentAt(20))
  hold.reached(undefined)
  await again
})

test('who begins it learns that it cannot be', async () => {
  const hold = new StoreHold()
  const begun = hold.begin(segmentAt(10))
  hold.failed(new StorageError('the disk is full'))
  await expect(begun).rejects.toThrow('the disk is full')
  hold.failed(new StorageError('again'))
})
