import { DiskLedger } from '../files/disk-ledger.ts'
import { MIB, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { segmentAt } from '../../test/test-segment.ts'
import { TailMemory } from '../memory/tail-memory.ts'
import type { SegmentEnd } from '../segment/segment-end.ts'
import { Round } from './round.ts'
import { type Unstored, UnstoredBytes } from './unstored-bytes.ts'

const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1)
const memory = new TailMemory(2 * MIB)
const rounds = [1, 2, 3].map(() => new Round(memory, 4096, 1))
const segments = [0, 100].map((baseOffset) => segmentAt(baseOffset))

/** Each number another one, also such as no 32 bits have. */
function endAt(at: number): SegmentEnd {
  return {
    firstTimestampMs: at === 0 ? -1 : 1_700_000_000_000 + at,
    maxTimestampMs: 1_700_000_000_100 + at,
    offsetOfMaxTimestamp: 2 ** 40 + at,
    bytesSinceEntry: at + 1,
    leaderEpoch: at + 2,
    offsetEntries: at + 3,
    timeEntries: at + 4,
    timeMs: 1_700_000_000_200 + at,
    timeRelativeOffset: at + 5,
    transactionEntries: at + 6,
  }
}

function oneAt(at: number): Unstored {
  return {
    segment: segments[at % 2] ?? segmentAt(0),
    round: rounds[at % 3] ?? new Round(memory, 4096, 1),
    lengthBytes: 10 + at,
    endBytes: 2 ** 33 + at,
    endOffset: 2 ** 41 + at,
    end: at % 4 === 3 ? undefined : endAt(at),
  }
}

function told(bytes: UnstoredBytes): Unstored[] {
  return Array.from({ length: bytes.count }, (_, at) => ({
    segment: bytes.segmentAt(at) ?? segmentAt(0),
    round: bytes.roundAt(at) ?? new Round(memory, 4096, 1),
    lengthBytes: bytes.lengthAt(at),
    endBytes: bytes.endBytesAt(at),
    endOffset: bytes.endOffsetAt(at),
    end: bytes.endAt(at),
  }))
}

test('tells what was put in, in its order, and of nothing beyond', () => {
  const bytes = new UnstoredBytes(new DiskLedger())
  expect([bytes.count, bytes.segmentAt(0), bytes.roundAt(0)]).toEqual([0, undefined, undefined])
  const all = Array.from({ length: 10 }, (_, at) => oneAt(at))
  for (const one of all) bytes.push(one)
  expect(told(bytes)).toEqual(all)
  expect([bytes.segmentAt(10), bytes.roundAt(10)]).toEqual([undefined, undefined])
  expect(bytes.bytesOf(3)).toBe(10 + 11 + 12)
})

test('all of it can be taken', () => {
  const bytes = new UnstoredBytes(new DiskLedger())
  for (let at = 0; at < 5; at++) bytes.push(oneAt(at))
  bytes.shift(2)
  const held = [2, 3, 4].map((at) => ({ round: oneAt(at).round, lengthBytes: 10 + at }))
  expect(bytes.takeAll()).toEqual(held)
  expect([bytes.count, bytes.takeAll()]).toEqual([0, []])
})

test.each(SEEDS)('as an array would have it, seed %i', (seed) => {
  const random = seededRandom(seed)
  const bytes = new UnstoredBytes(new DiskLedger())
  let naive: Unstored[] = []
  let next = 0
  for (let step = 0; step < 200; step++) {
    for (let count = random.below(8); count > 0; count--) {
      const one = oneAt(next++)
      bytes.push(one)
      naive.push(one)
    }
    const count = random.below(naive.length + 1)
    if (random.below(10) === 0) {
      bytes.cut(count)
      naive.length = count
    } else if (random.below(2) === 0) {
      bytes.shift(count)
      naive = naive.slice(count)
    }
    expect(bytes.count).toBe(naive.length)
    if (step % 20 === 0) expect(told(bytes)).toEqual(naive)
  }
  expect(told(bytes)).toEqual(naive)
})
