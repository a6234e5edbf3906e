import { expect, test } from 'vitest'

import { GroupLedger } from './group-ledger.ts'

function committed(offsets: number, acked: number): GroupLedger {
  const ledger = new GroupLedger('group', 'topic', 0)
  for (let left = offsets; left > 0; left--) ledger.next()
  if (acked >= 0) ledger.acked(acked)
  return ledger
}

test('an offset from the last that was acknowledged to the last that was sent is fine', () => {
  for (const offset of [2, 3, 4]) {
    expect(() => committed(5, 2).read(offset, GroupLedger.metadataOf(offset))).not.toThrow()
  }
  expect(() => committed(5, -1).read(-1, null)).not.toThrow()
})

test('what is forgotten, was never sent or has the metadata of another is found', () => {
  expect(() => committed(5, 2).read(1, GroupLedger.metadataOf(1))).toThrow('group offset')
  expect(() => committed(5, 2).read(-1, null)).toThrow('group offset')
  expect(() => committed(5, 2).read(5, GroupLedger.metadataOf(5))).toThrow('group offset')
  expect(() => committed(5, 2).read(3, GroupLedger.metadataOf(2))).toThrow('metadata')
})

test('what was read has to stay', () => {
  const ledger = committed(5, 2)
  ledger.read(4, GroupLedger.metadataOf(4))
  expect(() => ledger.read(3, GroupLedger.metadataOf(3))).toThrow('4 (acknowledged)')
})
