import { expect, test } from 'vitest'

import { type FakeCall, FakeSegment, systemError } from '../../test/fake-segment.ts'
import { type MoveOutcome, type MovePace, moveSegment } from './move-segment.ts'

const PIECE = 8192
const free: MovePace = { take: async (_, signal) => !signal.aborted }

function move(segment: FakeSegment, given: { pace?: MovePace; signal?: AbortSignal } = {}) {
  const { pace = free, signal = new AbortController().signal } = given
  return moveSegment({ segment, memory: Buffer.alloc(PIECE, 7), pace, signal })
}

/** Fails the so-manieth call of that kind. */
function failing(call: FakeCall, time: number, code: string): FakeSegment {
  const segment = new FakeSegment(2 * PIECE + 100)
  segment.fault = (made, at) => {
    if (made === call && at === time) throw systemError(code)
    return undefined
  }
  return segment
}

function stepOf(outcome: MoveOutcome): string {
  if (outcome.kind !== 'failed') return outcome.kind
  const { step, error } = outcome
  return `${step}: ${error instanceof Error ? error.message : String(error)}`
}

test.for([0, 1, PIECE - 1, PIECE, 3 * PIECE + 5])('%d bytes are moved whole', async (sizeBytes) => {
  const segment = new FakeSegment(sizeBytes)
  expect(await move(segment)).toEqual({ kind: 'moved' })
  expect(segment.copied?.equals(segment.bytes)).toBe(true)
  expect(segment).toMatchObject({ isCommitted: true, isSynced: true, isReleased: true })
})

test('the steps have an order: sync, read back, commit', async () => {
  const segment = new FakeSegment(PIECE + 1)
  await move(segment)
  expect(segment.calls).toEqual([
    ...['begin', 'read', 'write', 'read', 'write', 'sync'],
    ...['read-back', 'read-back', 'commit', 'release'],
  ])
})

test.for([
  ['begin', 1, 'ENOSPC'],
  ['read', 1, 'EIO'],
  ['read', 3, 'EIO'],
  ['write', 1, 'ENOSPC'],
  ['write', 3, 'EIO'],
  ['sync', 1, 'EIO'],
  ['read-back', 1, 'EIO'],
  ['read-back', 3, 'EIO'],
] as const)('%s %d fails with %s: the copy goes', async ([call, time, code]) => {
  const segment = failing(call, time, code)
  expect(stepOf(await move(segment))).toBe(`${call}: ${code}: it was ordered`)
  expect(segment.copied).toBeUndefined()
  expect(segment).toMatchObject({ isCommitted: false, isReleased: true })
  expect(segment.calls.includes('abandon')).toBe(call !== 'begin')
})

test('a commit that fails may have been one: its copy stays', async () => {
  const segment = failing('commit', 1, 'EIO')
  expect(stepOf(await move(segment))).toBe('commit: EIO: it was ordered')
  expect(segment.copied?.equals(segment.bytes)).toBe(true)
  expect(segment.calls).not.toContain('abandon')
  expect(segment.isReleased).toBe(true)
})

test('a copy that cannot be removed is told, and the first failure is not forgotten', async () => {
  const segment = failing('abandon', 1, 'EIO')
  const stopped = new AbortController()
  stopped.abort()
  expect(stepOf(await move(segment, { signal: stopped.signal }))).toContain('abandon: EIO')
  const twice = new FakeSegment(PIECE)
  twice.fault = (call) => {
    if (call === 'sync') throw systemError('ENOSPC')
    if (call === 'abandon') throw systemError('EIO')
    return undefined
  }
  expect(stepOf(await move(twice))).toBe('sync: ENOSPC: it was ordered')
  expect(twice.isReleased).toBe(true)
})

test('bug 3: a short copy is never accepted', async () => {
  for (const call of ['read', 'write', 'read-back'] as const) {
    const segment = new FakeSegment(2 * PIECE + 100)
    segment.fault = (made, time) => (made === call && time === 3 ? 'short' : undefined)
    const step = call === 'write' ? 'read-back' : call
    expect(stepOf(await move(segment))).toBe(`${step}: 99 of 100 bytes from byte 16384 on`)
    expect(segment.isCommitted).toBe(false)
  }
})

test('a copy that differs is never accepted', async () => {
  for (const call of ['write', 'read-back'] as const) {
    const segment = new FakeSegment(2 * PIECE)
    segment.fault = (made, time) => (made === call && time === 2 ? 'wrong' : undefined)
    expect(stepOf(await move(segment))).toBe('read-back: the copy differs from byte 8192 on')
    expect(segment.copied).toBeUndefined()
  }
})

test('what was written does not pass for what is read back', async () => {
  const segment = new FakeSegment(PIECE)
  const begin = segment.beginCopy.bind(segment)
  segment.beginCopy = async () => ({ ...(await begin()), read: async () => PIECE })
  expect(stepOf(await move(segment))).toContain('the copy differs')
})

test('a segment that is gone meanwhile is no failure', async () => {
  const segment = new FakeSegment(PIECE)
  segment.isGone = true
  expect(await move(segment)).toEqual({ kind: 'gone' })
  expect(segment.calls.slice(-2)).toEqual(['commit', 'release'])
})

test.each([
  ['cannot be read', 'ENOENT'],
  ['is short', undefined],
])('a segment that %s since it is gone is no failure: the copy goes', async (_, code) => {
  const segment = new FakeSegment(2 * PIECE)
  segment.fault = (call, time) => {
    if (call !== 'read' || time === 1) return undefined
    segment.isGone = true
    if (code !== undefined) throw systemError(code)
    return 'short'
  }
  expect(await move(segment)).toEqual({ kind: 'gone' })
  expect(segment.copied).toBeUndefined()
  expect(segment.calls.slice(-2)).toEqual(['abandon', 'release'])
})

test.for(['begin', 'read', 'write', 'sync', 'read-back'] as const)(
  'stopped during %s: the copy goes',
  async (call) => {
    const segment = new FakeSegment(2 * PIECE + 100)
    const stop = new AbortController()
    segment.fault = (made) => {
      if (made === call) stop.abort()
      return undefined
    }
    expect(await move(segment, { signal: stop.signal })).toEqual({ kind: 'stopped' })
    expect(segment.copied).toBeUndefined()
    expect(segment.calls.slice(-2)).toEqual(['abandon', 'release'])
  },
)

test('stopped during the commit, it is moved', async () => {
  const segment = new FakeSegment(PIECE)
  const stop = new AbortController()
  segment.fault = (made) => {
    if (made === 'commit') stop.abort()
    return undefined
  }
  expect(await move(segment, { signal: stop.signal })).toEqual({ kind: 'moved' })
})

test('each byte is paid for once, half when written and half when read back', async () => {
  const taken: number[] = []
  const pace: MovePace = { take: async (bytes) => taken.push(bytes) > 0 }
  await move(new FakeSegment(PIECE + 100), { pace })
  expect(taken).toEqual([4096, 50, 4096, 50])
})

test('memory of other than whole blocks is a mistake', async () => {
  const segment = new FakeSegment(10)
  const { signal } = new AbortController()
  const moving = moveSegment({ segment, memory: Buffer.alloc(100), pace: free, signal })
  await expect(moving).rejects.toThrow('pieces are of whole blocks')
})
