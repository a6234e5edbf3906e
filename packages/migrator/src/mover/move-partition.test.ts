import type { MovableSegment } from '@pafka/log'
import { expect, test } from 'vitest'

import { FakeSegment, systemError } from '../../test/fake-segment.ts'
import { movePartition, type PartitionMoving } from './move-partition.ts'
import type { MoveOutcome, MovePace } from './move-segment.ts'

const PIECE = 8192

interface Fake {
  readonly calls: string[]
  readonly move: PartitionMoving['move']
}

/** A partition of sealed segments and one that grows. */
function partitionOf(sealed: readonly FakeSegment[], last: FakeSegment): Fake {
  const calls: string[] = []
  const left = [...sealed]
  const move = {
    next: (): MovableSegment | undefined => left.shift(),
    isNear: async (): Promise<boolean> => left.length === 0,
    end: async ({ copy, placed }: Parameters<PartitionMoving['move']['end']>[0]) => {
      if (!(await copy(last))) return false
      calls.push('commit')
      await placed()
      return true
    },
    abandon: async () => void calls.push('abandon'),
  }
  return { calls, move }
}

interface Given {
  readonly pace?: MovePace
  readonly signal?: AbortSignal
  readonly keeps?: () => boolean
}

function run({ move, calls }: Fake, given: Given = {}): Promise<MoveOutcome> {
  const free: MovePace = { take: async () => true }
  const { pace = free, signal = new AbortController().signal, keeps = () => false } = given
  const placed = async (): Promise<void> => void calls.push('placed')
  return movePartition({ move, memory: Buffer.alloc(PIECE), pace, signal, keeps, placed })
}

test('full segments go at the pace, the last one at once', async () => {
  const sealed = [new FakeSegment(PIECE + 5), new FakeSegment(PIECE)]
  const last = new FakeSegment(100)
  const fake = partitionOf(sealed, last)
  let paid = 0
  const pace: MovePace = { take: async (bytes) => (paid += bytes) > 0 }
  expect(await run(fake, { pace })).toEqual({ kind: 'moved' })
  expect(Math.round(paid)).toBe(2 * PIECE + 5)
  expect([...sealed, last].map(({ isCommitted }) => isCommitted)).toEqual([true, true, true])
  expect(fake.calls).toEqual(['commit', 'placed', 'abandon'])
})

test.for(['read', 'write', 'sync'] as const)('a %s that fails ends it', async (step) => {
  const bad = new FakeSegment(PIECE)
  bad.fault = (call) => {
    if (call === step) throw systemError('EIO')
    return undefined
  }
  for (const fake of [
    partitionOf([bad], new FakeSegment(1)),
    partitionOf([new FakeSegment(1)], bad),
  ]) {
    expect(await run(fake)).toMatchObject({ kind: 'failed', step })
    expect(fake.calls).toEqual(['abandon'])
  }
})

test('who is stopped leaves nothing, unless a start is to go on with it', async () => {
  const stop = new AbortController()
  stop.abort()
  const fake = partitionOf([new FakeSegment(1)], new FakeSegment(1))
  expect(await run(fake, { signal: stop.signal })).toEqual({ kind: 'stopped' })
  expect(fake.calls).toEqual(['abandon'])
  const kept = partitionOf([new FakeSegment(1)], new FakeSegment(1))
  expect(await run(kept, { signal: stop.signal, keeps: () => true })).toEqual({ kind: 'stopped' })
  expect(kept.calls).toEqual([])
})

test('it does not try for ever what never gets nearer to its end', async () => {
  const fake = partitionOf([], new FakeSegment(1))
  const move = { ...fake.move, isNear: async () => false }
  expect(await run({ ...fake, move })).toEqual({ kind: 'gone' })
})

test('a log that cannot go on is told', async () => {
  const fake = partitionOf([], new FakeSegment(1))
  const error = new Error('no room')
  const move = {
    ...fake.move,
    next: () => {
      throw error
    },
    isNear: async () => false,
  }
  expect(await run({ ...fake, move })).toEqual({ kind: 'failed', step: 'commit', error })
  expect(fake.calls).toEqual(['abandon'])
})
