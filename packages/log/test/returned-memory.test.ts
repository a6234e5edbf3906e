import { MIB } from '@pafka/base'
import { expect, test, vi } from 'vitest'

import { BlockArena } from '../src/memory/block-arena.ts'

// Alone in its file, and so in its process: what other tests leave to the garbage collector
// would come back to the system while this one looks at what the process has.
test('the system has memory of blocks back, in steps that hold up nobody for long', async () => {
  const arena = new BlockArena(8 * MIB, 32)
  const before = process.memoryUsage.rss()
  const blocks = Array.from({ length: 32 }, () => {
    const block = arena.take()
    if (block === undefined) throw new Error('the arena has no more')
    return block.fill(1)
  })
  const full = process.memoryUsage.rss()
  expect(full - before).toBeGreaterThan(200 * MIB)
  for (const block of blocks) arena.give(block)
  const resize = vi.spyOn(ArrayBuffer.prototype, 'resize')
  await arena.shrink()
  const sizes = resize.mock.calls.map(([bytes = 0]) => bytes)
  resize.mockRestore()
  const steps = sizes.map((bytes, at) => (sizes[at - 1] ?? 256 * MIB) - bytes)
  expect([steps.length, Math.max(...steps)]).toEqual([64, 4 * MIB])
  expect(full - process.memoryUsage.rss()).toBeGreaterThan(200 * MIB)
})
