import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { nodeFileSystem } from '../files/node-file-system.ts'
import { alignDown, alignedMemory, alignUp } from './aligned-memory.ts'

test.each([1, 4095, 4096, 65_536, 65_537, 300_000])('%i bytes, all of them zero', (bytes) => {
  const memory = alignedMemory(bytes)
  expect([memory.length, memory.byteOffset]).toEqual([bytes, 0])
  expect(memory.equals(Buffer.alloc(bytes))).toBe(true)
})

test('memory that was asked for twice is not the same', () => {
  const [one, other] = [alignedMemory(4096), alignedMemory(4096)]
  one.fill(1)
  expect(other.equals(Buffer.alloc(4096))).toBe(true)
})

test('memory has a size', () => {
  expect(() => alignedMemory(0)).toThrow('memory has a size')
})

test('direct I/O takes any block of it, where the platform has such a thing', async () => {
  await using folder = await temporaryFolder()
  const path = `${folder.path}/file`
  const memory = alignedMemory(20 * DIRECT_BLOCK_BYTES)
  for (let block = 0; block < 20; block++) {
    memory.fill(block + 1, block * DIRECT_BLOCK_BYTES, (block + 1) * DIRECT_BLOCK_BYTES)
  }
  const file = nodeFileSystem.openDirect(path, 'write', false) ?? nodeFileSystem.open(path, 'write')
  for (let block = 19; block >= 0; block--) {
    const at = block * DIRECT_BLOCK_BYTES
    expect(file.writeNow([memory.subarray(at, at + DIRECT_BLOCK_BYTES)], at)).toBe(
      DIRECT_BLOCK_BYTES,
    )
  }
  file.close()
  expect(memory.equals(nodeFileSystem.readFile(path) ?? Buffer.of())).toBe(true)
})

test('positions are moved to the unit below and above, or stay', () => {
  const cases = [0, 1, 8, 4095, 4096, 4097, 2 ** 40 + 1]
  expect(cases.map((bytes) => alignDown(bytes, 4096))).toEqual([0, 0, 0, 0, 4096, 4096, 2 ** 40])
  expect(cases.map((bytes) => alignUp(bytes, 4096))).toEqual([
    0,
    4096,
    4096,
    4096,
    4096,
    8192,
    2 ** 40 + 4096,
  ])
  expect([alignUp(9, 8), alignDown(9, 8)]).toEqual([16, 8])
})
