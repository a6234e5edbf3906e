import { MIB } from '@pafka/base'
import { beforeEach, expect, test } from 'vitest'

import { appendAt, RING_ID, type TestAppend } from '../../test/test-rounds.ts'
import { TIME_MS } from '../../test/test-batches.ts'
import { segmentAt } from '../../test/test-segment.ts'
import { TailMemory } from '../memory/tail-memory.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { Round, type RoundOwner } from './round.ts'
import { decodeRound, readRoundHead, type DecodedRound } from './round-format.ts'

const BLOCK = 4096
const HEAD = { ringId: RING_ID, sequence: 9, previous: 4, timestampMs: TIME_MS }
const OWNER: RoundOwner = { durable: () => undefined }

let memory: TailMemory
let segment: LogSegment

beforeEach(() => {
  memory = new TailMemory(4 * MIB, MIB)
  segment = segmentAt(0)
})

/** @returns the bytes where they lie now. */
function add(round: Round, { batches, entry }: TestAppend, owner: RoundOwner = OWNER): Uint8Array {
  const start = round.add(owner, segment, batches, entry)
  return round.block.memory.subarray(start, start + batches.length)
}

function decoded(bytes: Buffer): DecodedRound | undefined {
  const head = readRoundHead(bytes, RING_ID)
  return head === undefined ? undefined : decodeRound(bytes, head)
}

test('what was added is what the sealed round has, and where it is served from', () => {
  const round = new Round(memory, 64 * 1024, 1)
  const appends = Array.from({ length: 40 }, (_, at) => appendAt(at * 2, { partition: at }))
  const served = appends.map((append) => add(round, append))
  const bytes = round.seal(HEAD)
  expect(decoded(bytes)).toMatchObject({ ...HEAD, items: appends.map(({ entry }) => entry) })
  expect([round.sequence, round.previous]).toEqual([9, 4])
  for (const [at, view] of served.entries()) {
    expect(Buffer.from(view).equals(appends[at]?.batches ?? Buffer.of())).toBe(true)
    expect(view.buffer).toBe(round.block.memory.buffer) // not a copy
  }
  expect([round.entries, round.totalBytes]).toEqual([40, bytes.length])
})

test('the sealed round is aligned memory that the block has given out', () => {
  const rounds = [new Round(memory, 8 * BLOCK, 1)]
  const sizes: number[] = []
  for (let count = 0; count < 3; count++) {
    const round = rounds.at(-1) as Round
    add(round, appendAt(count * 2))
    round.close()
    const bytes = round.seal({ ...HEAD, sequence: 9 + count })
    sizes.push(bytes.byteOffset % BLOCK, bytes.length % BLOCK)
    rounds.push(new Round(memory, 8 * BLOCK, 1))
  }
  expect(sizes).toEqual([0, 0, 0, 0, 0, 0])
  expect(new Set(rounds.map(({ block }) => block)).size).toBe(1)
  expect(rounds[0]?.block.usedBytes).toBe(3 * BLOCK)
})

test('it has room for as much as it says, and no byte more', () => {
  for (const capacity of [BLOCK, 3 * BLOCK, 64 * 1024]) {
    const round = new Round(memory, capacity, 1)
    let count = 0
    for (; appendAt(0).batches.length <= round.roomBytes; count++) add(round, appendAt(count * 2))
    expect(count).toBeGreaterThan(10)
    const bytes = round.seal(HEAD)
    expect(bytes.length).toBeLessThanOrEqual(capacity)
    expect(decoded(bytes)?.items).toHaveLength(count)
    expect(() => add(round, appendAt(0))).toThrow('a round has room for what it takes')
    round.close()
  }
})

test('an append of just the size that there is room for fits', () => {
  for (let first = 1; first <= 40; first++) {
    const round = new Round(memory, BLOCK, 1)
    const { entry } = appendAt(0)
    round.add(OWNER, segment, Buffer.alloc(first), entry)
    const room = round.roomBytes
    round.add(OWNER, segment, Buffer.alloc(room), entry)
    expect([first, room > 3000, round.seal(HEAD).length]).toEqual([first, true, BLOCK])
  }
})

test('one append fits, however large it is', () => {
  const large = appendAt(0, { counts: [0], valueBytes: 2 * MIB })
  const round = new Round(memory, BLOCK, large.batches.length)
  add(round, large)
  expect(decoded(round.seal(HEAD))?.items).toEqual([large.entry])
})

test('owners are told in the order of the appends, once', () => {
  const told: unknown[] = []
  const other = segmentAt(7)
  const round = new Round(memory, 64 * 1024, 1)
  const owners = ['a', 'b'].map((name) => ({
    durable: (...[of, bytes, endOffset, by]: Parameters<RoundOwner['durable']>) => {
      told.push([name, of.baseOffset, bytes, endOffset, by === round])
    },
  }))
  const [a = OWNER, b = OWNER] = owners
  const [first, second, third] = [appendAt(0), appendAt(50, { counts: [3] }), appendAt(2)]
  add(round, first, a)
  round.add(b, other, second.batches, second.entry)
  add(round, third, a)
  expect(told).toEqual([])
  round.settle()
  round.settle()
  expect(told).toEqual([
    ['a', 0, first.batches.length, 2, true],
    ['b', 7, second.batches.length, 53, true],
    ['a', 0, third.batches.length, 4, true],
  ])
})

test('its block is needed until it ended and a segment has all of its bytes', () => {
  const round = new Round(memory, 64 * 1024, 1)
  const { block } = round
  expect([round.isEmpty, block.isNeeded]).toEqual([true, true])
  const sizes = [appendAt(0), appendAt(2, { counts: [5] })].map((one) => add(round, one).length)
  const [first = 0, second = 0] = sizes
  expect([round.isEmpty, round.unstoredBytes, round.batchBytes]).toEqual([
    false,
    first + second,
    first + second,
  ])
  round.close()
  round.ended()
  expect(block.isNeeded).toBe(true)
  round.stored(second)
  expect([round.unstoredBytes, block.unstoredBytes, block.isNeeded]).toEqual([first, first, true])
  round.stored(first)
  expect([round.unstoredBytes, block.isNeeded]).toEqual([0, false])
  expect(() => round.stored(1)).toThrow('bytes are stored once')
})
