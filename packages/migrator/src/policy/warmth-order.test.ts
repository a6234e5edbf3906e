import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { isColder, type WarmSegment, WarmthOrder } from './warmth-order.ts'

test('the order holds while thousands come and go', () => {
  const random = seededRandom(7)
  const order = new WarmthOrder()
  let known: WarmSegment[] = []
  for (let serial = 0; serial < 6000; serial++) {
    const added = { segment: {} as never, warmthMs: random.below(500), serial }
    order.add(added)
    known.push(added)
    if (random.below(3) > 0) continue
    const [removed] = known.splice(random.below(known.length), 1)
    expect(removed !== undefined && order.remove(removed)).toBe(true)
  }
  const sorted = known.toSorted((one, other) => (isColder(one, other) ? -1 : 1))
  expect([...order.coldestFirst()]).toEqual(sorted)
  expect([...order.warmestFirst()]).toEqual(sorted.toReversed())
  for (const removed of known) order.remove(removed)
  known = [...order.coldestFirst()]
  expect([known.length, order.size]).toEqual([0, 0])
  expect(order.remove(sorted[0] as WarmSegment)).toBe(false)
})
