import { join } from 'node:path'

import { runOnOldNode } from '@pafka/testing'
import { expect, test } from 'vitest'

test('an older Node is told of before anything is loaded that it may not know', () => {
  const { status, stdout, stderr } = runOnOldNode(join(import.meta.dirname, '../src/main.ts'))
  expect(stderr).toBe('Node 22.15 or newer is needed; this is 20.20.2\n')
  expect([status, stdout]).toEqual([1, ''])
})
