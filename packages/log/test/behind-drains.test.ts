import { KIB, MIB, seededRandom } from '@pafka/base'
import { beforeEach, describe, expect, test } from 'vitest'

import { AGE_MS, type BehindLog, BehindStage, watch } from './behind-stage.ts'

const SMALL = 10 * KIB
const SEEDS = Array.from({ length: 40 }, (_, at) => at + 1)

let stage: BehindStage

beforeEach(() => {
  stage = new BehindStage()
})

describe('drains', () => {
  test('with nothing up to the sequence there is nothing to wait for', async () => {
    const a = stage.log('a')
    expect(await watch(stage.queue.drainTo(100))()).toBe(true)
    a.add(SMALL)
    expect(await watch(stage.queue.drainTo(0))()).toBe(true)
    expect(stage.started).toEqual([])
  })

  test('end when no round up to the sequence waits, not before, and not later', async () => {
    const [a, b, c] = stage.logs('abc') as [BehindLog, BehindLog, BehindLog]
    a.add(SMALL) // 1
    b.add(SMALL) // 2
    a.add(SMALL) // 3
    c.add(SMALL) // 4
    const isDrained = watch(stage.queue.drainTo(2))
    expect([stage.started.join(''), a.wanted, b.wanted]).toEqual(['ab', [2], [2]])
    a.finish(1)
    expect(await isDrained()).toBe(false)
    b.finish()
    expect(await isDrained()).toBe(true)
    expect(stage.started.join('')).toBe('ab') // neither round 3 nor log c is wanted
  })

  test('ask again while a log has not stored enough', async () => {
    const a = stage.log('a')
    for (let count = 0; count < 3; count++) a.add(SMALL)
    const isDrained = watch(stage.queue.drainTo(2))
    a.finish(1)
    expect(await isDrained()).toBe(false)
    expect(stage.started.join('')).toBe('aa')
    a.finish(1)
    expect(await isDrained()).toBe(true)
  })

  test('what is added after does not hold them back', async () => {
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    a.add(SMALL)
    const isDrained = watch(stage.queue.drainTo(1))
    b.add(SMALL)
    a.add(SMALL)
    a.finish(1)
    expect(await isDrained()).toBe(true)
    expect(stage.queue.waitingBytes).toBe(2 * SMALL)
  })

  test('several end each at its own time', async () => {
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    a.add(SMALL)
    b.add(SMALL)
    b.add(SMALL)
    const ends = [1, 2, 3].map((sequence) => watch(stage.queue.drainTo(sequence)))
    const states = (): Promise<boolean[]> => Promise.all(ends.map((isEnded) => isEnded()))
    expect(await states()).toEqual([false, false, false])
    a.finish()
    expect(await states()).toEqual([true, false, false])
    b.finish(1)
    expect(await states()).toEqual([true, true, false])
    b.finish()
    expect(await states()).toEqual([true, true, true])
  })

  test('a store that finds no room gives up who waits for it, and is tried again', async () => {
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    a.add(SMALL)
    b.add(SMALL)
    const drained = stage.queue.drainTo(2)
    const isDrained = watch(stage.queue.drainTo(0))
    stage.queue.later(a, new Error('ENOSPC'))
    a.finish(0)
    b.finish() // it is stored all the same
    await expect(drained).rejects.toThrow('ENOSPC')
    expect([await isDrained(), stage.started.join('')]).toEqual([true, 'ab'])
    stage.queue.hurry(a)
    stage.clock.advance(999)
    expect(stage.started.join('')).toBe('ab')
    stage.clock.advance(1)
    expect(stage.started.join('')).toBe('aba')
    a.finish()
    expect(await watch(stage.queue.drainTo(1))()).toBe(true)
  })

  test('a log that is forgotten does not hold them back', async () => {
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    a.add(SMALL)
    b.add(SMALL)
    const isDrained = watch(stage.queue.drainTo(2))
    a.finish()
    b.waiting = []
    stage.queue.forget(b, SMALL) // while it is being stored
    expect(await isDrained()).toBe(true)
    expect(stage.queue.waitingBytes).toBe(0)
    b.finish(0)
    expect([stage.queue.waitingBytes, stage.started.join('')]).toEqual([0, 'ab'])
  })
})

describe('pauses', () => {
  test('one at a time, and the device is left to others after each', () => {
    stage.restMs = 30
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    for (const log of [a, b]) log.add(MIB)
    expect(stage.started.join('')).toBe('a')
    a.finish()
    stage.clock.advance(29)
    expect(stage.started.join('')).toBe('a')
    stage.clock.advance(1)
    expect(stage.started.join('')).toBe('ab')
  })

  test('not while much waits, or somebody for it', () => {
    stage.restMs = 30
    const [a, b, c] = stage.logs('abc') as [BehindLog, BehindLog, BehindLog]
    for (const log of [a, b, c]) log.add(5 * MIB)
    a.finish()
    expect(stage.started.join('')).toBe('abc') // crowded
    const d = stage.log('d')
    d.add(SMALL)
    stage.queue.hurry(d)
    b.finish()
    expect(stage.started.join('')).toBe('abcd')
  })
})

describe('age', () => {
  test('what waited for a whole tick is written by the second', () => {
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    a.add(SMALL)
    stage.clock.advance(AGE_MS)
    expect(stage.started).toEqual([])
    b.add(SMALL)
    stage.clock.advance(AGE_MS - 1)
    expect(stage.started).toEqual([])
    stage.clock.advance(1)
    expect([stage.started.join(''), a.wanted]).toEqual(['a', [1]])
    a.finish()
    stage.clock.advance(AGE_MS)
    expect(stage.started.join('')).toBe('a') // the one before is told of its end first
  })

  test('all of it is written in the end, and then no timer is left', async () => {
    const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
    a.add(SMALL)
    b.add(SMALL)
    stage.clock.advance(2 * AGE_MS)
    for (const log of [a, b]) log.finish()
    await watch(Promise.resolve())()
    expect([stage.started.join(''), stage.queue.waitingBytes]).toEqual(['ab', 0])
    stage.clock.advance(10 * AGE_MS)
    a.add(SMALL)
    stage.clock.advance(AGE_MS - 1)
    expect(stage.started.join('')).toBe('ab')
  })

  test('one drain at a time: a full disk gathers none', () => {
    const a = stage.log('a')
    a.add(SMALL)
    for (let tick = 0; tick < 20; tick++) stage.clock.advance(AGE_MS)
    expect(stage.started.join('')).toBe('a')
  })
})

test.each(SEEDS)('a random history ends with nothing waiting, seed %i', async (seed) => {
  const random = seededRandom(seed)
  const logs = stage.logs('abcdef')
  const drains: { readonly sequence: number; isResolved: boolean }[] = []
  const inFlight = (): BehindLog[] => logs.filter(({ isStoring }) => isStoring)
  for (let step = 0; step < 400; step++) {
    const log = logs[random.below(logs.length)] as BehindLog
    const what = random.below(20)
    if (what < 9) log.add(1 + random.below(random.below(4) === 0 ? 2 * MIB : SMALL))
    else if (what < 10) stage.queue.hurry(log)
    else if (what < 11) {
      const drain = { sequence: random.below(stage.sequence + 1), isResolved: false }
      drains.push(drain)
      const ended = (): void => void (drain.isResolved = true)
      const givenUp = (): void => void drains.splice(drains.indexOf(drain), 1)
      void stage.queue.drainTo(drain.sequence).then(ended, givenUp)
    } else if (what < 12) stage.clock.advance(random.below(AGE_MS))
    else if (what < 13 && random.below(4) === 0) {
      const bytes = log.waitingBytes
      log.waiting = []
      stage.queue.forget(log, bytes)
    } else {
      const one = inFlight()[random.below(2)]
      if (one !== undefined && random.below(10) === 0) stage.queue.later(one, new Error('ENOSPC'))
      one?.finish(random.below(one.waiting.length + 1))
    }
    expect(inFlight().length).toBeLessThanOrEqual(2)
    expect(stage.queue.waitingBytes).toBe(logs.reduce((sum, one) => sum + one.waitingBytes, 0))
    await watch(Promise.resolve())()
    const oldest = Math.min(...logs.map(({ oldestSequence }) => oldestSequence))
    for (const { sequence, isResolved } of drains) {
      if (isResolved !== oldest > sequence) {
        throw new Error(`drain to ${sequence}: ${isResolved}, oldest ${oldest}`)
      }
    }
  }
  for (let turn = 0; turn < 1000 && stage.queue.waitingBytes > 0; turn++) {
    for (const one of inFlight()) one.finish()
    stage.clock.advance(AGE_MS)
    await watch(Promise.resolve())()
  }
  expect([stage.queue.waitingBytes, drains.every(({ isResolved }) => isResolved)]).toEqual([
    0,
    true,
  ])
})
