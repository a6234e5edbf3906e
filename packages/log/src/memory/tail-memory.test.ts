import { KIB, MIB, type Random, seededRandom } from '@pafka/base'
import { describe, expect, test } from 'vitest'

import { SegmentTail } from '../segment/segment-tail.ts'
import { BLOCK_BYTES, type MemoryBlock, TailMemory } from './tail-memory.ts'

const BLOCK = 64 * KIB
const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1)

/** Fills a block, so that the next request needs another. */
function fill(memory: TailMemory): MemoryBlock {
  const block = memory.blockFor(BLOCK)
  block.usedBytes = block.memory.length
  return block
}

function watched(block: MemoryBlock): () => number {
  let forgotten = 0
  block.users.add({ forget: () => void forgotten++ })
  return () => forgotten
}

test('requests share a block as long as it has room for all of one', () => {
  const memory = new TailMemory(4 * BLOCK, BLOCK)
  const block = memory.blockFor(1000)
  expect([block.memory.length, block.roomBytes, memory.sizeBytes]).toEqual([BLOCK, BLOCK, BLOCK])
  block.usedBytes = BLOCK - 1000
  expect(memory.blockFor(1000)).toBe(block)
  expect(memory.blockFor(1001)).not.toBe(block)
  expect(memory.sizeBytes).toBe(2 * BLOCK)
})

test('blocks are used anew in the order in which they were filled, within the budget', () => {
  const memory = new TailMemory(3 * BLOCK, BLOCK)
  const blocks = [fill(memory), fill(memory), fill(memory)]
  const forgotten = blocks.map(watched)
  expect(new Set(blocks).size).toBe(3)
  const storage = blocks.map((block) => block.memory.byteOffset)
  for (const turn of [0, 1, 2]) {
    const again = fill(memory)
    expect(again.memory.byteOffset).toBe(storage[turn])
    expect(forgotten.map((count) => count())).toEqual([0, 1, 2].map((at) => (at <= turn ? 1 : 0)))
    expect(memory.sizeBytes).toBe(3 * BLOCK)
  }
})

test('it takes a part of its budget at once, and one in eight blocks of the rest', () => {
  const memory = new TailMemory(512 * MIB)
  const sizes = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const block = memory.blockFor(BLOCK_BYTES)
      block.usedBytes = BLOCK_BYTES
      return memory.sizeBytes / BLOCK_BYTES
    })
  expect(sizes(32).at(-1)).toBe(32)
  expect(new Set(sizes(80))).toEqual(new Set([32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42]))
  expect(sizes(500).at(-1)).toBe(64)
})

test('what no segment has is not used anew, however little there is', () => {
  const memory = new TailMemory(512 * MIB)
  for (let count = 0; count < 64; count++) {
    const block = memory.blockFor(BLOCK_BYTES)
    block.usedBytes = block.unstoredBytes = BLOCK_BYTES
  }
  expect(memory.sizeBytes).toBe(512 * MIB)
})

test('a block that is used anew is empty, and those who had views of it are gone', () => {
  const memory = new TailMemory(2 * BLOCK, BLOCK)
  const first = fill(memory)
  const forgotten = watched(first)
  fill(memory)
  const again = memory.blockFor(10)
  expect(again.memory.byteOffset).toBe(first.memory.byteOffset)
  expect([again.usedBytes, again.users.size, forgotten()]).toEqual([0, 0, 1])
  again.usedBytes = BLOCK
  fill(memory)
  fill(memory)
  expect(forgotten()).toBe(1) // who was told once has nothing to lose any more
})

test('views into a block that is used anew are served no more', () => {
  const memory = new TailMemory(2 * BLOCK, BLOCK)
  const tail = new SegmentTail()
  for (const at of [0, 1]) {
    const block = fill(memory)
    block.memory.fill(at + 1, 0, 100)
    tail.add(at * 100, 100, block, 0)
  }
  expect(tail.fromBytes).toBe(0)
  fill(memory).memory.fill(9)
  expect(tail.fromBytes).toBe(100)
  expect(Buffer.concat(tail.views(100, 200)).equals(Buffer.alloc(100, 2))).toBe(true)
  fill(memory)
  expect(tail.fromBytes).toBe(Number.POSITIVE_INFINITY)
  expect(tail.views(0, 200)).toEqual([])
})

describe('what no segment file has yet stays', () => {
  test.each(['unstoredBytes', 'rounds'] as const)('%s of the oldest keep all of them', (need) => {
    const memory = new TailMemory(2 * BLOCK, BLOCK)
    const [oldest, second] = [fill(memory), fill(memory)]
    const forgotten = [oldest, second].map(watched)
    oldest[need] += 1
    expect(oldest.isNeeded).toBe(true)
    const beyond = fill(memory)
    expect([oldest, second]).not.toContain(beyond)
    expect(memory.sizeBytes).toBe(3 * BLOCK) // beyond the budget: appends are held back by then
    memory.shrink()
    expect([memory.sizeBytes, forgotten.map((count) => count())]).toEqual([3 * BLOCK, [0, 0]])
    oldest[need] -= 1
    const again = fill(memory)
    const places = [oldest, second].map((block) => block.memory.byteOffset)
    expect(places).toContain(again.memory.byteOffset)
    expect(forgotten.map((count) => count())).toEqual([1, 1])
    expect(memory.sizeBytes).toBe(2 * BLOCK) // back within it
  })

  test('also behind one that is free: only the oldest are given back', () => {
    const memory = new TailMemory(3 * BLOCK, BLOCK)
    const blocks = [fill(memory), fill(memory), fill(memory)]
    const [first, second] = blocks
    if (second !== undefined) second.unstoredBytes = 5
    memory.shrink()
    expect(memory.sizeBytes).toBe(2 * BLOCK)
    expect(fill(memory)).not.toBe(first) // its memory went with it
    expect(memory.sizeBytes).toBe(3 * BLOCK)
  })
})

describe('sizes', () => {
  test('the budget is two blocks at least, so that one is filled while one is written', () => {
    expect(new TailMemory(1, BLOCK).budgetBytes).toBe(2 * BLOCK)
    expect(new TailMemory(1).budgetBytes).toBe(2 * BLOCK_BYTES)
    expect(new TailMemory(5 * BLOCK, BLOCK).budgetBytes).toBe(5 * BLOCK)
  })

  test('a request larger than a block has one of its size, which goes again', () => {
    const memory = new TailMemory(4 * BLOCK, BLOCK)
    fill(memory)
    const large = memory.blockFor(3 * BLOCK)
    expect([large.memory.length, memory.sizeBytes]).toEqual([3 * BLOCK, 4 * BLOCK])
    large.usedBytes = large.memory.length
    const forgotten = watched(large)
    fill(memory)
    fill(memory)
    expect(forgotten()).toBe(1)
    expect(memory.sizeBytes).toBeLessThanOrEqual(4 * BLOCK)
    const sizes = Array.from({ length: 6 }, () => fill(memory).memory.length)
    expect(sizes).toEqual(sizes.map(() => BLOCK))
  })

  test('shrinking leaves what is needed, and what came after it', () => {
    const memory = new TailMemory(4 * BLOCK, BLOCK)
    const blocks = [fill(memory), fill(memory), fill(memory)]
    const newest = blocks[2] as MemoryBlock
    newest.rounds = 1
    const forgotten = blocks.map(watched)
    memory.shrink()
    expect([memory.sizeBytes, forgotten.map((count) => count())]).toEqual([BLOCK, [1, 1, 0]])
    newest.rounds = 0
    memory.shrink()
    expect([memory.sizeBytes, forgotten.map((count) => count())]).toEqual([0, [1, 1, 1]])
    expect(memory.blockFor(1).memory).toHaveLength(BLOCK)
  })
})

interface Held {
  readonly block: MemoryBlock
  readonly view: Buffer
  readonly mark: number
  isForgotten: boolean
}

/** Takes a piece of memory, marks it and holds on to it until it is told to let go. */
function take(memory: TailMemory, random: Random, mark: number): Held {
  const bytes = 1 + random.below(random.below(20) === 0 ? 2 * BLOCK : BLOCK / 2)
  const block = memory.blockFor(bytes)
  expect(block.roomBytes).toBeGreaterThanOrEqual(bytes)
  const view = block.memory.subarray(block.usedBytes, block.usedBytes + bytes).fill(mark)
  block.usedBytes += bytes
  block.unstoredBytes += bytes
  const held = { block, view, mark, isForgotten: false }
  block.users.add({ forget: () => void (held.isForgotten = true) })
  return held
}

test.each(SEEDS)('no view changes before its owner is told, seed %i', (seed) => {
  const random = seededRandom(seed)
  const memory = new TailMemory((2 + random.below(6)) * BLOCK, BLOCK)
  const held: Held[] = []
  const unstored: Held[] = []
  for (let step = 0; step < 400; step++) {
    const one = take(memory, random, random.below(256))
    held.push(one)
    unstored.push(one)
    const count = random.below(unstored.length + 1)
    for (const stored of unstored.splice(0, count)) stored.block.unstoredBytes -= stored.view.length
    if (random.below(50) === 0) memory.shrink()
    for (const { view, mark, isForgotten } of held) {
      if (!isForgotten && (view[0] !== mark || view.at(-1) !== mark)) throw new Error('overwritten')
    }
    expect(unstored.every(({ isForgotten }) => !isForgotten)).toBe(true)
    const order = held.map(({ isForgotten }) => isForgotten)
    expect(order.lastIndexOf(true)).toBe(order.filter(Boolean).length - 1) // oldest first
  }
  for (const { block, view } of unstored) block.unstoredBytes -= view.length
  memory.shrink()
  expect(memory.sizeBytes).toBeLessThanOrEqual(2 * BLOCK)
})

test('memory that grew is used again, and no more is allocated', () => {
  const blockBytes = 65_536
  const memory = new TailMemory(4 * blockBytes, blockBytes)
  const allocated = new Set<ArrayBufferLike>()
  const next = (): MemoryBlock => {
    const block = memory.blockFor(blockBytes)
    block.usedBytes = blockBytes
    allocated.add(block.memory.buffer)
    return block
  }
  const pinned = Array.from({ length: 12 }, () => {
    const block = next()
    block.unstoredBytes = 1
    return block
  })
  const most = allocated.size
  for (const block of pinned) block.unstoredBytes = 0
  for (let count = 0; count < 100; count++) next()
  expect(memory.sizeBytes).toBe(4 * blockBytes)
  expect(allocated.size).toBe(most)
})
