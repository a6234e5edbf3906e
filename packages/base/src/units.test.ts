import { expect, test } from 'vitest'

import { formatBytes, GIB, MIB, seededRandom } from '@pafka/base'

test('bytes are formatted for people', () => {
  expect([0, 1023, 1536, 5 * MIB, -GIB].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '5 MiB',
    '-1 GiB',
  ])
})

test('one seed gives one sequence', () => {
  const [first, second] = [seededRandom(7), seededRandom(7)]
  expect(first.bytes(32)).toEqual(second.bytes(32))
  expect(seededRandom(8).next()).not.toBe(seededRandom(7).next())
})
