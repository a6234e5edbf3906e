import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { RecordMarks } from './record-marks.ts'

test('a record is known again by its run, and by no other', () => {
  const random = seededRandom(1)
  const [marks, others] = [new RecordMarks(100, random), new RecordMarks(100, random)]
  for (const index of [0, 1, 2 ** 40]) {
    const value = Uint8Array.from(marks.payload(index))
    expect(value).toHaveLength(100)
    expect(marks.indexOf(value)).toBe(index)
    expect(others.indexOf(value)).toBeUndefined()
  }
})

test.each([null, new Uint8Array(), new Uint8Array(11), new Uint8Array(99), new Uint8Array(101)])(
  'what is none of its records is none: %j',
  (value) => {
    expect(new RecordMarks(100, seededRandom(1)).indexOf(value)).toBeUndefined()
  },
)

test('a record is large enough to be marked', () => {
  expect(() => new RecordMarks(11, seededRandom(1))).toThrow('record-size: must be 12 or more')
})
