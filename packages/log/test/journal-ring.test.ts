import { KIB } from '@pafka/base'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import { HeldRound } from '../src/journal/held-round.ts'
import { Round } from '../src/journal/round.ts'
import { JournalStage, PIECE } from './journal-stage.ts'
import { appendAt } from './test-rounds.ts'

let stage: JournalStage

beforeEach(() => {
  stage = new JournalStage()
})

describe('room in the ring', () => {
  /** Fills the ring with rounds that no checkpoint covers. @returns how many fitted. */
  function fill(): number {
    let count = 0
    for (; ; count++) {
      stage.send({ valueBytes: 50_000 })
      if (!stage.isWriting) return count
      stage.endWrite()
    }
  }

  test('a checkpoint is wanted when a quarter is used; a full ring waits for one', () => {
    stage = new JournalStage(16 * PIECE)
    for (let count = 0; count < 4; count++) {
      stage.send({ valueBytes: 50_000 })
      stage.endWrite()
    }
    expect([stage.journal.space.usedBytes > 3 * PIECE, stage.roomCalls]).toEqual([true, 0])
    const written = 4 + fill()
    expect(stage.roomCalls).toBeGreaterThan(0)
    expect(stage.writes).toHaveLength(written)
    const acks = stage.acks.length
    stage.send()
    expect([stage.writes.length, stage.acks.length]).toEqual([written, acks])
    const oldest = stage.writes[0]?.round.totalBytes ?? 0
    stage.journal.release(1) // not strictly enough: it may not touch the oldest one
    expect(stage.writes).toHaveLength(written)
    stage.journal.release(2)
    expect(stage.writes.at(-1)).toMatchObject({ positionBytes: 0 })
    expect(stage.writes.at(-1)?.round.totalBytes).toBeLessThan(3 * oldest)
    stage.endAll()
    expect(stage.acks).toEqual(stage.rounds.flat())
  })

  test('the ring grows while there is no room, up to its limit', async () => {
    stage = new JournalStage(16 * PIECE, 2 * PIECE)
    expect(stage.journal.space.capacityBytes).toBe(2 * PIECE)
    for (let count = 0; count < 10; count++) {
      stage.send({ valueBytes: 50_000 })
      await vi.waitFor(() => expect(stage.writes).toHaveLength(count + 1))
      stage.endWrite()
    }
    const { space, limitBytes } = stage.journal
    await vi.waitFor(() => expect(space.capacityBytes).toBe(limitBytes))
    expect(stage.file.preparedBytes).toBe(limitBytes)
    expect(stage.writes.every(({ positionBytes }, at) => positionBytes > 0 || at === 0)).toBe(true)
  })

  test('a ring that cannot grow is used as it is, and a warning says so', async () => {
    stage = new JournalStage(16 * PIECE, 4 * PIECE)
    vi.spyOn(stage.file, 'prepare').mockImplementation((done) => done(new Error('ENOSPC')))
    const fitted = fill()
    expect(fitted).toBeGreaterThan(2)
    expect(stage.warnings).toContain('journal-not-grown')
    expect([stage.journal.space.capacityBytes, stage.failures]).toEqual([4 * PIECE, []])
    stage.journal.release(fitted)
    expect(stage.writes).toHaveLength(fitted + 1)
  })
})

describe('rounds that are live', () => {
  test('those are stored, from the oldest on, whose bytes all segments have', () => {
    for (let count = 0; count < 4; count++) {
      stage.send()
      stage.endWrite()
    }
    const live: Round[] = []
    const spy = vi.spyOn(Round.prototype, 'settle').mockImplementation(function (this: Round) {
      live.push(this)
    })
    for (let count = 0; count < 3; count++) {
      stage.send()
      stage.endWrite()
    }
    spy.mockRestore()
    stage.journal.release(4)
    const [first, second, third] = live as [Round, Round, Round]
    expect(stage.journal.written.countStored()).toBe(0)
    second.stored(second.unstoredBytes)
    expect(stage.journal.written.countStored()).toBe(0)
    first.stored(first.unstoredBytes)
    expect(stage.journal.written.countStored()).toBe(2)
    third.stored(third.unstoredBytes)
    expect(stage.journal.written.countStored()).toBe(3)
  })

  test('the place after some of them is where the next lies, or will, and what it follows', () => {
    expect(stage.journal.placeAfter(0)).toEqual({ positionBytes: 0, previous: 50 })
    stage.send()
    const [one] = stage.writes
    const size = one?.round.totalBytes ?? 0
    // in flight: a checkpoint made now begins with it
    expect(stage.journal.placeAfter(0)).toEqual({ positionBytes: 0, previous: 50 })
    stage.endWrite()
    const place = { positionBytes: size, previous: one?.round.sequence }
    expect(stage.journal.placeAfter(0)).toEqual({ positionBytes: 0, previous: 50 })
    expect(stage.journal.placeAfter(1)).toEqual(place)
    stage.send()
    expect(stage.journal.placeAfter(1)).toEqual(place)
    stage.endWrite()
    stage.journal.release(1)
    expect(stage.journal.placeAfter(0)).toEqual(place)
  })
})

describe('the start and the end of a life', () => {
  test('rounds that were found at the start count, and the next one follows the run', () => {
    const { journal } = stage
    const { batches } = appendAt(0)
    const found = new HeldRound(journal.memory.blockFor(8 * KIB))
    found.sequence = 70
    found.totalBytes = 4 * KIB
    found.hold(batches.length)
    journal.adopt(found, 8 * KIB)
    journal.resume(72, 16 * KIB)
    expect([journal.sequence, journal.space.usedBytes]).toEqual([72, 4 * KIB])
    expect(journal.written.countStored()).toBe(0)
    stage.send()
    expect(stage.writes[0]).toMatchObject({ positionBytes: 16 * KIB, round: { previous: 72 } })
    found.stored(batches.length)
    expect(journal.written.countStored()).toBe(1)
  })

  test('idle is told when the last of them ended', async () => {
    let isIdle = false
    stage.send()
    stage.send()
    const idle = stage.journal.whenIdle().then(() => {
      isIdle = true
    })
    stage.endWrite()
    await Promise.resolve()
    expect(isIdle).toBe(false)
    stage.endWrite()
    await idle
    expect(stage.acks).toHaveLength(2)
  })
})
