import { KIB, MIB } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { nodeFileSystem } from '../files/node-file-system.ts'
import { BlockArena } from './block-arena.ts'

const BLOCK = 64 * KIB
const SECTION = 256 * MIB

function fill(arena: BlockArena, blocks: number): Buffer[] {
  return Array.from({ length: blocks }, (_, at) => {
    const block = arena.take()
    if (block === undefined) throw new Error('the arena has no more')
    return block.fill(at + 1)
  })
}

test('has so many blocks, each of its own', () => {
  const arena = new BlockArena(BLOCK, 3)
  const blocks = fill(arena, 3)
  expect(arena.take()).toBeUndefined()
  for (const [at, block] of blocks.entries()) {
    expect([block.length, block[0], block.at(-1)]).toEqual([BLOCK, at + 1, at + 1])
  }
})

test('one that was given back is given out again, the first of those that are free', () => {
  const arena = new BlockArena(BLOCK, 3)
  const blocks = fill(arena, 3)
  for (const at of [2, 0]) expect(arena.give(blocks[at] as Buffer)).toBe(true)
  const again = [arena.take(), arena.take(), arena.take()]
  expect(again.map((block) => block?.byteOffset)).toEqual([0, 2 * BLOCK, undefined])
})

test('takes nothing that is not its own', () => {
  const arena = new BlockArena(BLOCK, 2)
  expect(arena.give(Buffer.alloc(BLOCK))).toBe(false)
  expect(arena.give(new BlockArena(BLOCK, 2).take() ?? Buffer.of())).toBe(false)
})

test('gives back sections that nothing is taken of, and leaves the others alone', async () => {
  const arena = new BlockArena(SECTION / 2, 6)
  const [first, ...others] = fill(arena, 6) as [Buffer, ...Buffer[]]
  for (const block of others) arena.give(block)
  const shrinking = arena.shrink()
  const [taken] = fill(arena, 1) as [Buffer]
  await shrinking
  expect([first.length, first[0], first.at(-1)]).toEqual([SECTION / 2, 1, 1])
  expect([taken.buffer === first.buffer, taken.length, taken[0]]).toEqual([true, SECTION / 2, 1])
  expect(others.slice(1).map(({ buffer }) => buffer.byteLength)).toEqual([0, 0, 0, 0])
  for (let count = 0; count < 4; count++) expect(arena.take()?.at(-1)).toBe(0) // fresh
  expect(arena.take()).toBeUndefined()
})

test('direct I/O takes its blocks', async () => {
  await using folder = await temporaryFolder()
  const path = `${folder.path}/file`
  const file = nodeFileSystem.openDirect(path, 'write', false) ?? nodeFileSystem.open(path, 'write')
  const blocks = fill(new BlockArena(BLOCK, 3), 3)
  for (const [at, block] of blocks.entries()) {
    expect(file.writeNow([block], at * BLOCK)).toBe(BLOCK)
  }
  file.close()
  expect(Buffer.concat(blocks).equals(nodeFileSystem.readFile(path) ?? Buffer.of())).toBe(true)
})
