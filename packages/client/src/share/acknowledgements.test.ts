import { expect, test } from 'vitest'

import {
  type Acknowledgement,
  Acknowledgements,
  AcknowledgeType,
  batchesOf,
  sayingOfNobody,
} from './acknowledgements.ts'

const { ACCEPT, RELEASE, RENEW } = AcknowledgeType

function saying(firstOffset: number, type: AcknowledgeType = ACCEPT, lastOffset = firstOffset) {
  return sayingOfNobody({ firstOffset, lastOffset }, type)
}

function textOf(said: readonly Acknowledgement[]): string {
  return batchesOf(said)
    .map((one) => `${one.firstOffset}-${one.lastOffset}:${one.acknowledgeTypes.join('')}`)
    .join(' ')
}

test('neighbours of one type are one batch, in the order of offsets', () => {
  const sayings = new Acknowledgements()
  for (const offset of [5, 3, 4, 8]) sayings.add(saying(offset))
  sayings.add(saying(6, RELEASE))
  sayings.add(saying(10, RELEASE, 20))
  expect(textOf(sayings.take())).toBe('3-5:1 6-6:2 8-8:1 10-20:2')
  expect(sayings.isEmpty).toBe(true)
})

test('of an offset one thing is said at a time, in the order in which it came', () => {
  const sayings = new Acknowledgements()
  sayings.add(saying(3, RENEW, 9))
  sayings.add(saying(5))
  sayings.add(saying(12))
  expect(textOf(sayings.take())).toBe('3-9:4 12-12:1')
  expect(textOf(sayings.take())).toBe('5-5:1')
})

test('of those that were refused together each half is said apart, before all others', () => {
  const sayings = new Acknowledgements()
  sayings.split([1, 2, 3].map((offset) => saying(offset)))
  sayings.add(saying(4))
  expect(textOf(sayings.take())).toBe('1-2:1')
  expect(textOf(sayings.take())).toBe('3-3:1')
  expect(textOf(sayings.take())).toBe('4-4:1')
  expect(sayings.take()).toEqual([])
})

test('what is too late is not said, apart or not', () => {
  const sayings = new Acknowledgements()
  const [late, apart] = [1, 2].map((offset) => ({ ...saying(offset), saidBeforeMs: () => 50 }))
  if (late === undefined || apart === undefined) return
  sayings.add(late)
  sayings.add(saying(3))
  sayings.again([apart])
  sayings.again([{ ...apart, firstOffset: 4, lastOffset: 4, saidBeforeMs: () => 51 }])
  expect(sayings.takeLate(49)).toEqual([])
  expect(sayings.takeLate(50)).toEqual([apart, late])
  expect([textOf(sayings.take()), textOf(sayings.take())]).toEqual(['4-4:1', '3-3:1'])
})

test('what is sent is marked, and what is dropped is all there is', () => {
  const sayings = new Acknowledgements()
  const [sent, waiting] = [saying(1), saying(2)]
  sayings.add(sent)
  sayings.take()
  sayings.add(waiting)
  expect([sent.isSent, waiting.isSent]).toEqual([true, false])
  sayings.again([sent])
  expect(sayings.drop()).toEqual([sent, waiting])
  expect(sayings.isEmpty).toBe(true)
})

test('renewals may be left out, for brokers that do not know them', () => {
  const sayings = new Acknowledgements()
  const renewal = saying(1, RENEW)
  sayings.add(renewal)
  sayings.add(saying(2))
  expect(sayings.hasRenewals).toBe(true)
  expect(sayings.dropRenewals()).toEqual([renewal])
  expect(sayings.hasRenewals).toBe(false)
  expect(textOf(sayings.take())).toBe('2-2:1')
})
