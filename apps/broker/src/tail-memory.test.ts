import { totalmem } from 'node:os'

import { GIB, MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import { tailMemoryBytes } from './tail-memory.ts'

test.each([
  [24 * GIB, 2.4 * GIB],
  [3 * GIB, 0.3 * GIB],
  [256 * MIB, 64 * MIB],
  [0, 64 * MIB],
  [1024 * GIB, 4 * GIB],
])('of %i bytes it takes %i', (mayUse, bytes) => {
  expect(tailMemoryBytes(mayUse)).toBe(Math.floor(bytes))
})

test('it looks at what this process may use', () => {
  expect(tailMemoryBytes()).toBeLessThanOrEqual(Math.max(64 * MIB, totalmem() / 10))
})
