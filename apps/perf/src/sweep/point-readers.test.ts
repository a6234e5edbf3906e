import { expect, test } from 'vitest'

import { shareProblem } from './point-readers.ts'

test.each([
  [[3], 3],
  [[2, 1], 3],
  [[1, 1, 0], 2],
  [[0, 1], 1],
])(
  'a group whose members have %j of %i partitions does not move any more',
  (shares, partitions) => {
    expect(shareProblem(shares, partitions)).toBe(undefined)
  },
)

test.each([
  [[3, 0], 3, 'the readers of 3 partitions have 3, 0'],
  [[1, 1], 3, '2 of 3 partitions have readers'],
  [[], 1, '0 of 1 partitions have readers'],
])('one whose members have %j of %i does', (shares, partitions, told) => {
  expect(shareProblem(shares, partitions)).toBe(told)
})
