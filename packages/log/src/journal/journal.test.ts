import { KIB, MIB } from '@pafka/base'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import { JournalStage, PIECE, type RingWrite } from '../../test/journal-stage.ts'
import { TIME_MS } from '../../test/test-batches.ts'
import { appendAt } from '../../test/test-rounds.ts'
import type { Barrier } from './ring-file.ts'
import { ROUND_BYTES } from './round-bound.ts'

let stage: JournalStage

beforeEach(() => {
  stage = new JournalStage()
})

describe('rounds', () => {
  test('nothing is written before it is asked for; then all that was added is one round', () => {
    const ends = [stage.add(), stage.add(), stage.add()]
    expect(stage.writes).toEqual([])
    stage.journal.flush()
    expect(stage.rounds).toEqual([ends])
    expect(stage.writes[0]?.round.timestampMs).toBe(TIME_MS)
    stage.journal.flush()
    expect(stage.writes).toHaveLength(1)
  })

  test('what arrives while one is in flight forms the next, which is written when it ended', () => {
    const first = [stage.send()]
    const second = [stage.send(), stage.send(), stage.send()]
    expect(stage.rounds).toEqual([first])
    stage.endWrite()
    expect(stage.rounds).toEqual([first, second])
    const third = [stage.send()]
    stage.endWrite()
    expect(stage.rounds).toEqual([first, second, third])
    stage.endWrite()
    expect(stage.journal.isIdle).toBe(true)
    expect(stage.writes).toHaveLength(3)
  })

  test('acks come when the round ended, in order, with the next one on its way', () => {
    const first = [stage.add(), stage.add()]
    stage.journal.flush()
    const second = stage.send()
    expect(stage.acks).toEqual([])
    stage.endWrite()
    expect(stage.acks).toEqual(first)
    stage.endWrite()
    expect(stage.acks).toEqual([...first, second])
  })

  test('when acks are sent the next round was handed over', () => {
    const writesAtAck: number[] = []
    const { batches, entry } = appendAt(0)
    const owner = { durable: () => void writesAtAck.push(stage.writes.length) }
    stage.journal.add(owner, stage.segment, batches, entry)
    stage.journal.flush()
    stage.send()
    stage.endWrite()
    expect(writesAtAck).toEqual([2])
  })
})

const HALF = { valueBytes: ROUND_BYTES / 2 }

describe('a round that is full', () => {
  test('is on its way beside the one before it; a third waits for both', () => {
    const ends = Array.from({ length: 6 }, () => stage.send(HALF))
    expect(stage.rounds).toEqual([[ends[0]], [ends[1]]])
    stage.endWrite()
    expect(stage.rounds).toEqual(ends.slice(0, 3).map((end) => [end]))
    expect([stage.inFlight, stage.acks]).toEqual([2, [ends[0]]])
  })

  test('is acknowledged behind the one before it, whichever ended first', () => {
    const ends = Array.from({ length: 5 }, () => stage.send(HALF))
    stage.endWrite(undefined, 1)
    expect([stage.acks, stage.inFlight, stage.writes.length]).toEqual([[], 1, 2])
    stage.endWrite()
    expect([stage.acks, stage.inFlight]).toEqual([ends.slice(0, 2), 2])
    stage.endAll()
    expect(stage.acks).toEqual(ends)
  })

  test('a checkpoint taken in between leaves off before the older of the two', () => {
    const first = stage.send()
    stage.endWrite()
    expect(stage.acks).toEqual([first])
    for (let count = 0; count < 3; count++) stage.send(HALF)
    stage.endWrite(undefined, 1)
    const { journal, writes } = stage
    const count = journal.written.countStored()
    const { positionBytes, previous } = journal.placeAfter(1)
    expect([count, positionBytes]).toEqual([0, writes[1]?.positionBytes])
    expect(previous).toBe(writes[0]?.round.sequence)
  })
})

describe('of two rounds in flight', () => {
  test('none is acknowledged when the first failed, before or after the other ended', () => {
    for (const at of [0, 1]) {
      stage = new JournalStage()
      for (let count = 0; count < 4; count++) stage.send(HALF)
      if (at === 1) stage.endWrite(undefined, 1)
      stage.endWrite(new Error('EIO: the device is gone'))
      if (at === 0) stage.endWrite()
      expect([stage.acks, stage.failures.length, stage.inFlight]).toEqual([[], 1, 0])
      expect(stage.writes).toHaveLength(2)
    }
  })

  test('the second fails the journal by itself', () => {
    const [first] = Array.from({ length: 4 }, () => stage.send(HALF))
    stage.endWrite()
    stage.endWrite(new Error('EIO: the device is gone'), 1)
    stage.endWrite()
    expect([stage.acks, stage.failures.length]).toEqual([[first], 1])
  })

  test('there are none where a write is not its own barrier', () => {
    vi.spyOn(stage.file, 'io', 'get').mockReturnValue('buffered')
    for (let count = 0; count < 4; count++) stage.send(HALF)
    expect(stage.inFlight).toBe(1)
  })

  test('there are none when one needs no barrier, or one before them had none', () => {
    for (let count = 0; count < 4; count++) stage.add(HALF)
    stage.journal.flush()
    expect(stage.inFlight).toBe(1)
    stage.send(HALF)
    stage.send(HALF)
    while (stage.isWriting) {
      expect(stage.inFlight).toBe(1)
      stage.endWrite()
    }
    expect(stage.writes.map(({ barrier }) => barrier)).toEqual([
      ...Array.from({ length: 4 }, () => 'none'),
      'all',
      'own',
    ])
  })
})

describe('the chain of rounds', () => {
  test('rounds lie one behind the other, and each names the one before it', () => {
    const positions = [0]
    for (let count = 0; count < 5; count++) {
      stage.send({ valueBytes: count * 5000 })
      const { round, positionBytes } = stage.writes.at(-1) as RingWrite
      expect(positionBytes).toBe(positions.at(-1))
      positions.push(positionBytes + round.totalBytes)
      stage.endWrite()
    }
    const sequences = stage.writes.map(({ round }) => round.sequence)
    const previous = stage.writes.map(({ round }) => round.previous)
    expect(previous).toEqual([50, ...sequences.slice(0, -1)])
    const first = sequences[0] ?? 0
    expect(sequences).toEqual([0, 1, 2, 3, 4].map((at) => first + at))
    expect(stage.journal.sequence).toBe(sequences.at(-1))
  })

  test('a start leaves out a number of numbers that nobody knows', () => {
    const firsts = Array.from({ length: 20 }, () => {
      const one = new JournalStage()
      one.send()
      return one.writes[0]?.round.sequence ?? 0
    })
    expect(Math.min(...firsts)).toBeGreaterThan(50)
    expect(Math.max(...firsts)).toBeLessThanOrEqual(51 + 2 ** 32)
    expect(new Set(firsts).size).toBeGreaterThan(15)
  })

  test('with nothing to write nothing is written', async () => {
    stage.journal.flush()
    stage.journal.needBarrier()
    expect([stage.writes, stage.journal.isIdle]).toEqual([[], true])
    await stage.journal.whenIdle()
  })
})

describe('the size of a round', () => {
  test('is bounded, however much is added while one is in flight', () => {
    stage.send()
    for (let bytes = 0; bytes < 3 * ROUND_BYTES; bytes += 50_000) stage.send({ valueBytes: 50_000 })
    stage.endAll()
    const sizes = stage.writes.map(({ round }) => round.totalBytes)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(ROUND_BYTES)
    expect(sizes.slice(1, -1).every((bytes) => bytes > ROUND_BYTES - 60_000)).toBe(true)
    expect(stage.rounds.flat()).toEqual(stage.acks) // all of it, once, in order
    expect(stage.acks).toHaveLength(1 + Math.ceil((3 * ROUND_BYTES) / 50_000))
  })

  test('many small appends are bounded by their entries too', () => {
    stage.send()
    for (let count = 0; count < 9000; count++) stage.add({ counts: [1] })
    stage.journal.flush()
    stage.endAll()
    const sizes = stage.writes.map(({ round }) => round.totalBytes)
    expect(sizes.length).toBeGreaterThan(2)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(ROUND_BYTES)
  })

  test('an append as large as is allowed fits a round; a larger one has one alone', () => {
    stage = new JournalStage(8 * MIB)
    const { largestBytes } = stage.journal
    const overhead = appendAt(0, { counts: [0], valueBytes: MIB / 2 }).batches.length - MIB / 2
    stage.send({ counts: [0], valueBytes: largestBytes - overhead })
    stage.endWrite()
    expect(stage.writes[0]?.round).toMatchObject({ totalBytes: ROUND_BYTES, entries: 1 })
    stage.add()
    stage.send({ counts: [0], valueBytes: ROUND_BYTES })
    stage.endAll()
    expect(stage.rounds.map(({ length }) => length)).toEqual([1, 1, 1])
    expect(stage.writes[2]?.round.totalBytes).toBeGreaterThan(ROUND_BYTES)
  })

  test('is a quarter of a small ring at most', () => {
    stage = new JournalStage(8 * PIECE)
    for (let count = 0; count < 10; count++) stage.send({ valueBytes: 20_000 })
    stage.endWrite()
    expect(stage.writes[1]?.round.totalBytes).toBeGreaterThan(PIECE)
    expect(stage.writes[1]?.round.totalBytes).toBeLessThanOrEqual(2 * PIECE)
  })

  test('bytes count as queued until their round ended', () => {
    stage.send({ valueBytes: 1000 })
    stage.send({ valueBytes: 2000 })
    const bytes = stage.journal.queuedBytes
    expect(bytes).toBeGreaterThan(3000)
    stage.endWrite()
    expect(stage.journal.queuedBytes).toBe(stage.writes[1]?.round.batchBytes)
    stage.endWrite()
    expect(stage.journal.queuedBytes).toBe(0)
  })
})

describe('barriers', () => {
  function barriers(kinds: string): Barrier[] {
    for (const kind of kinds) {
      stage.add()
      if (kind === 'd') stage.journal.needBarrier()
      stage.journal.flush()
      stage.endWrite()
    }
    return stage.writes.map(({ barrier }) => barrier)
  }

  test('relaxed rounds have none; the first durable one after them covers them all', () => {
    expect(barriers('drrddrd')).toEqual(['all', 'none', 'none', 'all', 'own', 'none', 'all'])
  })

  test('the first durable round of a life covers what the life before may have left', () => {
    expect(barriers('ddd')).toEqual(['all', 'own', 'own'])
  })

  test('a round with a single append that needs one has one', () => {
    stage.send()
    stage.add()
    stage.add()
    stage.journal.needBarrier()
    stage.add()
    stage.endWrite()
    expect(stage.writes[1]).toMatchObject({ barrier: 'own', round: { entries: 3 } })
  })

  test('what needs one is the open round, not one that is full already', () => {
    stage.send()
    stage.add({ valueBytes: 600 * KIB })
    stage.add({ valueBytes: 600 * KIB })
    stage.journal.needBarrier()
    stage.endAll()
    expect(stage.writes.map(({ barrier }) => barrier)).toEqual(['all', 'none', 'all'])
  })
})

describe('a write that failed', () => {
  const error = new Error('EIO: the device is gone')

  test('is told, once, and nothing is acknowledged from then on', async () => {
    stage.send()
    stage.endWrite()
    const acknowledged = [...stage.acks]
    stage.send()
    stage.send()
    const idle = stage.journal.whenIdle()
    stage.endWrite(error)
    await idle
    expect(stage.failures).toHaveLength(1)
    expect(stage.failures[0]).toMatchObject({ code: 'STORAGE_ERROR', cause: error })
    expect(stage.failures[0]?.message).toContain('/journal/ring')
    expect(stage.journal.error).toBe(stage.failures[0])
    expect(stage.acks).toEqual(acknowledged)
  })

  test('is never tried again, nor is anything written behind it', async () => {
    stage.send()
    stage.send()
    stage.endWrite(error)
    for (let count = 0; count < 3; count++) stage.send({ valueBytes: 700 * KIB })
    stage.journal.release(0)
    await stage.journal.whenIdle()
    expect([stage.writes.length, stage.acks]).toEqual([1, []])
    stage.journal.fail(new Error('another one'))
    expect(stage.failures).toHaveLength(1)
  })
})
