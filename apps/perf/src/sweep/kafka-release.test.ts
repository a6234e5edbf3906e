import { expect, test } from 'vitest'

import { kafkaRelease } from './kafka-release.ts'

test.for([
  [1, '3.0'],
  [4, '3.3'],
  [7, '3.3'],
  [15, '3.7'],
  [21, '3.9'],
  [22, '4.0'],
  [25, '4.0'],
  [29, '4.2'],
  [30, '4.3'],
  [31, '4.4 or later'],
  [99, '4.4 or later'],
] as const)('metadata.version %i is of %s', ([level, release]) => {
  expect(kafkaRelease(level)).toBe(`Apache Kafka ${release}`)
})
