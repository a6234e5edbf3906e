import { expect, test } from 'vitest'

import { STAMP_BYTES, Stamps } from './stamps.ts'

test('who reads a value knows when it was due, and whose it is', () => {
  const stamps = new Stamps(7)
  const content = Buffer.alloc(20, 'x')
  const payload = stamps.stamped(
    () => content,
    (index) => 1000.25 + index,
  )
  const value = Uint8Array.from(payload(3))
  expect(stamps.dueMs(value)).toBe(1003.25)
  expect(Buffer.from(value.subarray(STAMP_BYTES)).toString()).toBe('x'.repeat(8))
  expect(content.toString()).toBe('x'.repeat(20))
  expect(new Stamps(8).dueMs(value)).toBe(undefined)
  expect(stamps.dueMs(value.subarray(0, 11))).toBe(undefined)
  expect(stamps.dueMs(null)).toBe(undefined)
})

test('values may have different sizes', () => {
  const stamps = new Stamps(7)
  const payload = stamps.stamped(
    (index) => Buffer.alloc(STAMP_BYTES + index, 'y'),
    () => 5,
  )
  for (const index of [0, 9, 3]) {
    expect(payload(index)).toHaveLength(STAMP_BYTES + index)
    expect(stamps.dueMs(payload(index))).toBe(5)
  }
})
