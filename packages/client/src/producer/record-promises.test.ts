import { expect, test } from 'vitest'

import { type RecordMetadata, RecordPromises } from './record-promises.ts'

const PLACE = { topic: 't', partition: 0 }

function promised(): {
  readonly promises: RecordPromises
  readonly add: (position: number) => void
  readonly offsets: number[]
} {
  const promises = new RecordPromises()
  const offsets: number[] = []
  const resolve = (metadata: RecordMetadata | Promise<never>): void => {
    offsets.push((metadata as RecordMetadata).offset)
  }
  return { promises, offsets, add: (position) => promises.add(position, resolve) }
}

test('each promise has the offset of its record', () => {
  const { promises, offsets, add } = promised()
  for (const position of [0, 1, 2]) add(position)
  promises.keep(PLACE, { baseOffset: 10, logAppendTime: undefined })
  expect(offsets).toEqual([10, 11, 12])
})

test('records without a promise are counted', () => {
  const { promises, offsets, add } = promised()
  for (const position of [0, 1, 4, 5, 9]) add(position)
  promises.keep(PLACE, { baseOffset: 10, logAppendTime: undefined })
  expect(offsets).toEqual([10, 11, 14, 15, 19])
})

test('where the broker says no offset nobody gets one', () => {
  const { promises, offsets, add } = promised()
  for (const position of [0, 3]) add(position)
  promises.keep(PLACE, { baseOffset: -1, logAppendTime: undefined })
  expect(offsets).toEqual([-1, -1])
})

test('a batch that is cut in two has the promises of each half', () => {
  const { promises, offsets, add } = promised()
  for (const position of [1, 2, 5, 7]) add(position)
  const parts = [new RecordPromises(), new RecordPromises()] as const
  promises.split(4, parts)
  parts[1].keep(PLACE, { baseOffset: 100, logAppendTime: undefined })
  parts[0].keep(PLACE, { baseOffset: 10, logAppendTime: undefined })
  expect(offsets).toEqual([101, 103, 11, 12])
})
