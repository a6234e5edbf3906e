import { KIB } from '@pafka/base'
import { beforeEach, describe, expect, test } from 'vitest'

import { RoundPace } from './round-pace.ts'

const ROUND = 8 * KIB
const FAST_MS = 0.5

let pace: RoundPace
let nowMs: number

beforeEach(() => {
  pace = new RoundPace()
  nowMs = 1000
})

interface Budget {
  readonly rounds: number
  readonly everyMs: number
  readonly bytes?: number
}

/** Rounds as they come, 1 ms apart at least, on a device with a budget for each turn. */
function run({ rounds, everyMs, bytes = ROUND }: Budget, turns: number): boolean[] {
  const told: boolean[] = []
  for (let turn = 0; turn < turns; turn++) {
    const endMs = nowMs + everyMs
    for (let round = 0; round < rounds && nowMs < endMs; round++) {
      nowMs += Math.max(1, pace.waitMs(nowMs))
      const isLast = round === rounds - 1
      const tookMs = isLast ? Math.max(FAST_MS, endMs - nowMs) : FAST_MS
      told.push(pace.wrote(bytes, nowMs, tookMs))
      nowMs += tookMs
    }
  }
  return told
}

const STARVED = { rounds: 8, everyMs: 100 }

describe('a device that serves so many rounds in a while', () => {
  test('gets them evenly, with a fifth to spare, after five stalls', () => {
    const told = run(STARVED, 6)
    expect(told.filter(Boolean)).toHaveLength(1)
    expect(pace.spacingMs).toBeCloseTo((1.25 * 100) / 8, 0)
    expect(pace.waitMs(nowMs)).toBeGreaterThan(0)
    expect(pace.waitMs(nowMs + 30)).toBe(0)
  })

  test('is tried without now and then; one stall more is enough to go on', () => {
    run(STARVED, 6)
    const { spacingMs } = pace
    nowMs += 20_000
    expect(pace.waitMs(nowMs)).toBe(0)
    expect(pace.spacingMs).toBe(0)
    expect(run(STARVED, 1).at(-1)).toBe(true)
    expect(pace.spacingMs).toBe(spacingMs)
  })

  test('has no spacing when it has no stalls any more', () => {
    run(STARVED, 6)
    nowMs += 20_000
    run({ rounds: 1000, everyMs: 1000 }, 3)
    expect(pace.spacingMs).toBe(0)
    expect(run(STARVED, 3).includes(true)).toBe(false)
  })
})

describe('rounds are not kept apart', () => {
  test.each<[string, Budget]>([
    ['on a device that is only slow', { rounds: 1, everyMs: 12 }],
    ['with stalls that follow each other', { rounds: 2, everyMs: 60 }],
    ['with stalls that are far apart', { rounds: 100, everyMs: 300 }],
    ['with one stall in two seconds', { rounds: 20, everyMs: 2000 }],
    ['with stalls no longer than the rounds are', { rounds: 8, everyMs: 15 }],
    ['for large rounds', { ...STARVED, bytes: 100 * KIB }],
  ])('%s', (_, budget) => {
    expect(run(budget, 50).includes(true)).toBe(false)
    expect(pace.waitMs(nowMs)).toBe(0)
  })

  test('for a minute, when stalls are no fewer for it', () => {
    run(STARVED, 5)
    expect(pace.spacingMs).toBeGreaterThan(0)
    // stalls come whatever the rounds are like
    for (let stall = 0; stall < 5; stall++) {
      for (let round = 0; round < 4; round++) pace.wrote(ROUND, (nowMs += 20), FAST_MS)
      pace.wrote(ROUND, nowMs, 60)
      nowMs += 60
    }
    expect(pace.spacingMs).toBe(0)
    run(STARVED, 20)
    expect(pace.spacingMs).toBe(0)
    nowMs += 60_000
    run(STARVED, 5)
    expect(pace.spacingMs).toBeGreaterThan(0)
  })
})
