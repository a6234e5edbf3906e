import { type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { alignedMemory } from '../memory/aligned-memory.ts'
import { MemoryBlock } from '../memory/tail-memory.ts'
import { SegmentTail } from './segment-tail.ts'

const SEEDS = Array.from({ length: 60 }, (_, at) => at + 1)
const BLOCK_BYTES = 4096

function bytesAt(positionBytes: number, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, at) => (positionBytes + at) % 251))
}

function newBlock(): MemoryBlock {
  return new MemoryBlock(alignedMemory(BLOCK_BYTES))
}

/** Adds bytes, by default such that tell their position, behind what the block has. */
function add(tail: SegmentTail, positionBytes: number, bytes: Buffer, block: MemoryBlock): void {
  const start = block.usedBytes
  bytes.copy(block.memory, start)
  block.usedBytes += bytes.length
  tail.add(positionBytes, bytes.length, block, start)
}

function tailOf(sizes: readonly number[], fromBytes = 0): SegmentTail {
  const tail = new SegmentTail()
  let position = fromBytes
  for (const size of sizes) {
    add(tail, position, bytesAt(position, size), newBlock())
    position += size
  }
  return tail
}

test('a tail that has nothing begins nowhere', () => {
  const tail = new SegmentTail()
  expect(tail.fromBytes).toBe(Number.POSITIVE_INFINITY)
  expect([tail.copy(Buffer.alloc(10), 0), tail.views(0, 100)]).toEqual([0, []])
  tail.cut(0)
  tail.forget(newBlock())
  expect(tail.fromBytes).toBe(Number.POSITIVE_INFINITY)
})

test('copies from any position any number of bytes, as far as there are', () => {
  const tail = tailOf([10, 1, 25, 7], 100)
  for (let from = 100; from <= 143; from++) {
    for (let bytes = 0; bytes <= 50; bytes++) {
      const into = Buffer.alloc(bytes, 255)
      const copied = tail.copy(into, from)
      expect(copied).toBe(Math.min(bytes, 143 - from))
      expect(into.subarray(0, copied).equals(bytesAt(from, copied))).toBe(true)
      expect(into.subarray(copied).every((byte) => byte === 255)).toBe(true)
    }
  }
})

test('views are those bytes themselves, cut to what was asked for', () => {
  const tail = tailOf([10, 1, 25, 7], 100)
  for (let from = 100; from <= 143; from++) {
    for (let to = from; to <= 150; to++) {
      const views = tail.views(from, to)
      expect(Buffer.concat(views).equals(bytesAt(from, Math.min(to, 143) - from))).toBe(true)
    }
  }
  const [view] = tail.views(102, 105)
  view?.fill(0)
  const into = Buffer.alloc(5)
  tail.copy(into, 101)
  expect([...into]).toEqual([101, 0, 0, 0, 105])
})

test('each block knows the tail that has views of it', () => {
  const [one, other] = [newBlock(), newBlock()]
  const tail = new SegmentTail()
  add(tail, 0, bytesAt(0, 10), one)
  add(tail, 10, bytesAt(10, 10), one)
  add(tail, 20, bytesAt(20, 10), other)
  expect([[...one.users], [...other.users]]).toEqual([[tail], [tail]])
})

test('bytes of a block that is used anew are gone, and what follows stays', () => {
  const blocks = Array.from({ length: 200 }, newBlock)
  const tail = new SegmentTail()
  for (const [at, block] of blocks.entries()) add(tail, at * 5, bytesAt(at * 5, 5), block)
  for (const [at, block] of blocks.entries()) {
    tail.forget(block)
    const from = (at + 1) * 5
    expect(tail.fromBytes).toBe(from < 1000 ? from : Number.POSITIVE_INFINITY)
    expect(Buffer.concat(tail.views(from, 1000)).equals(bytesAt(from, 1000 - from))).toBe(true)
  }
})

test('a block of another segment takes nothing away', () => {
  const tail = tailOf([10, 10])
  tail.forget(newBlock())
  expect([tail.fromBytes, tail.views(0, 20).length]).toEqual([0, 2])
})

test('after a cut within what was added at once nothing of it is left behind the cut', () => {
  const tail = tailOf([10, 30])
  tail.cut(20)
  expect(tail.copy(Buffer.alloc(50), 0)).toBe(20)
  add(tail, 20, Buffer.from('anew'), newBlock())
  expect(Buffer.concat(tail.views(15, 50)).toString('latin1')).toBe(
    `${bytesAt(15, 5).toString('latin1')}anew`,
  )
  const into = Buffer.alloc(9)
  expect(tail.copy(into, 15)).toBe(9)
  expect(into.subarray(5).toString()).toBe('anew')
})

test('after a cut at a batch the tail ends there, and goes on there', () => {
  const tail = tailOf([10, 10, 10])
  tail.cut(20)
  expect(tail.copy(Buffer.alloc(30), 0)).toBe(20)
  add(tail, 20, Buffer.from('anew'), newBlock())
  expect(Buffer.concat(tail.views(20, 30)).toString()).toBe('anew')
  tail.cut(0)
  expect(tail.fromBytes).toBe(Number.POSITIVE_INFINITY)
})

/** The same as a map from positions to bytes. */
class NaiveTail {
  readonly bytes = new Map<number, { readonly byte: number; readonly block: MemoryBlock }>()
  endBytes = 0

  add(positionBytes: number, bytes: Buffer, block: MemoryBlock): void {
    for (const [at, byte] of bytes.entries()) this.bytes.set(positionBytes + at, { byte, block })
    this.endBytes = positionBytes + bytes.length
  }

  forget(block: MemoryBlock): void {
    for (const [at, one] of this.bytes) if (one.block === block) this.bytes.delete(at)
  }

  cut(positionBytes: number): void {
    for (const at of this.bytes.keys()) if (at >= positionBytes) this.bytes.delete(at)
    this.endBytes = Math.min(this.endBytes, positionBytes)
  }

  get fromBytes(): number {
    return this.bytes.size === 0 ? Number.POSITIVE_INFINITY : Math.min(...this.bytes.keys())
  }

  slice(fromBytes: number, toBytes: number): Buffer {
    const end = Math.min(toBytes, this.endBytes)
    const length = Math.max(0, end - fromBytes)
    return Buffer.from(Array.from({ length }, (_, at) => this.bytes.get(fromBytes + at)?.byte ?? 0))
  }
}

function expectSame(tail: SegmentTail, naive: NaiveTail, random: Random): void {
  expect(tail.fromBytes).toBe(naive.fromBytes)
  if (naive.bytes.size === 0) return
  const from = naive.fromBytes + random.below(naive.endBytes - naive.fromBytes)
  const to = from + random.below(200)
  const wanted = naive.slice(from, to)
  expect(Buffer.concat(tail.views(from, to)).equals(wanted)).toBe(true)
  const into = Buffer.alloc(to - from)
  expect(tail.copy(into, from)).toBe(wanted.length)
  expect(into.subarray(0, wanted.length).equals(wanted)).toBe(true)
}

test.each(SEEDS)('a random history is what a naive tail says, seed %i', (seed) => {
  const random = seededRandom(seed)
  const tail = new SegmentTail()
  const naive = new NaiveTail()
  const blocks: MemoryBlock[] = [newBlock()]
  const starts: number[] = []
  for (let step = 0; step < 300; step++) {
    const what = random.below(10)
    if (what < 6) {
      const block = blocks.at(-1) as MemoryBlock
      const bytes = Buffer.from(random.bytes(1 + random.below(30)))
      const at = naive.endBytes
      starts.push(at)
      add(tail, at, bytes, block)
      naive.add(at, bytes, block)
    } else if (what < 7) blocks.push(newBlock())
    else if (what < 9 && blocks.length > 1) {
      const oldest = blocks.shift() as MemoryBlock
      tail.forget(oldest)
      naive.forget(oldest)
    } else if (what === 9 && random.below(3) === 0) {
      const at = starts[starts.length - 1 - random.below(Math.min(5, starts.length))] ?? 0
      if (starts.length === 0) continue
      tail.cut(at)
      naive.cut(at)
      starts.splice(starts.indexOf(at))
    }
    expectSame(tail, naive, random)
  }
  expect(naive.endBytes).toBeGreaterThan(500)
})
