import { expect, test } from 'vitest'

import { ReceiveMemory } from './receive-memory.ts'

const LARGE = 3_000_000

test('what is given back is received into again, and who still looks at it sees nothing', () => {
  const memory = new ReceiveMemory()
  const first = memory.take(LARGE)
  first.fill(1)
  const view = first.subarray(10, 20)
  memory.give(first.buffer)
  expect([first.length, view.length]).toEqual([0, 0])
  const second = memory.take(LARGE - 1)
  expect(second.length).toBeGreaterThanOrEqual(LARGE - 1)
  // nobody cleared it: it is the same
  expect(second.subarray(10, 20)).toEqual(Buffer.alloc(10, 1))
})

test('a frame never gets memory that is too small for it, or that another has', () => {
  const memory = new ReceiveMemory()
  const one = memory.take(LARGE)
  memory.give(memory.take(LARGE).buffer)
  const two = memory.take(2 * LARGE)
  const three = memory.take(LARGE)
  expect(two.length).toBeGreaterThanOrEqual(2 * LARGE)
  expect(new Set([one.buffer, two.buffer, three.buffer]).size).toBe(3)
})

test('little is kept, the largest of all, and nothing small', () => {
  const memory = new ReceiveMemory()
  const sizes = [5, 1, 4, 2, 3].map((megabytes) => megabytes * 1024 * 1024)
  const given = sizes.map((sizeBytes) => memory.take(sizeBytes).fill(7))
  for (const { buffer } of given) memory.give(buffer)
  const again = sizes.toSorted((one, other) => one - other).map((bytes) => memory.take(bytes))
  const isKept = again.map((bytes) => bytes.every((byte) => byte === 7))
  expect(isKept.slice(0, 3)).toEqual([true, true, true])
  expect(again.slice(0, 3).map(({ length }) => length / 1024 / 1024)).toEqual([3, 4, 5])
  const small = memory.take(1000)
  memory.give(small.buffer)
  expect(small.length).toBe(1000)
})

test('memory of others is none of its own, such as a large pool of the process', () => {
  const memory = new ReceiveMemory()
  const { poolSize } = Buffer
  Buffer.poolSize = 1024 * 1024
  try {
    const small = Array.from({ length: 300 }, () => memory.take(4000).fill(5))
    const last = small.at(-1)
    expect(last?.buffer.byteLength).toBeGreaterThanOrEqual(1024 * 1024)
    memory.give(last?.buffer ?? new ArrayBuffer(0))
    expect(last?.length).toBe(4000)
  } finally {
    Buffer.poolSize = poolSize
  }
})
