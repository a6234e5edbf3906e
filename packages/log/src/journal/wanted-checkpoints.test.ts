import { SECOND_MS, silentLogger } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { WantedCheckpoints, type WantedCheckpointsParts } from './wanted-checkpoints.ts'

let clock: ManualClock
let isMuchUsed: boolean
/** Rounds that the next one lets go. */
let released: number
let runs: number
let stuck: number
let failure: Error | undefined
let wanted: WantedCheckpoints
/** Somebody else's checkpoint runs. */
let isBusy: boolean

beforeEach(() => {
  clock = new ManualClock()
  isMuchUsed = true
  isBusy = false
  released = runs = stuck = 0
  failure = undefined
  const parts = {
    checkpointer: {
      isBusy: false,
      run: async () => {
        runs += 1
        if (failure !== undefined) throw failure
        return released
      },
    },
    journal: { error: undefined, isMuchUsed: true },
    clock,
    logger: silentLogger,
    room: { isShort: false },
    stuck: () => (stuck += 1),
  }
  Object.defineProperty(parts.journal, 'isMuchUsed', { get: () => isMuchUsed })
  Object.defineProperty(parts.checkpointer, 'isBusy', { get: () => isBusy })
  wanted = new WantedCheckpoints(parts as unknown as WantedCheckpointsParts)
})

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

async function later(seconds: number): Promise<void> {
  await turns()
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(SECOND_MS)
    await turns()
  }
}

test('is tried again while it lets nothing go, though nobody asks any more', async () => {
  wanted.want()
  await later(3)
  expect(runs).toBe(4)
  released = 1
  await later(3)
  expect(runs).toBe(5)
})

test('is not tried again when nobody needs the room', async () => {
  isMuchUsed = false
  wanted.want()
  await later(3)
  expect(runs).toBe(1)
})

test('that came upon the one of somebody else, which failed, is not forgotten', async () => {
  isBusy = true
  wanted.want()
  await turns()
  isBusy = false
  released = 1
  await later(3)
  expect(runs).toBe(1)
})

test('that lets nothing go for seconds has something done about it', async () => {
  wanted.want()
  await later(4)
  expect(stuck).toBe(0)
  await later(2)
  expect(stuck).toBe(2)
  released = 1
  await later(1)
  released = 0
  wanted.want()
  await later(4)
  expect(stuck).toBe(2)
})

test('that let nothing go of a ring with room before is not held against it', async () => {
  wanted.want()
  await later(3)
  isMuchUsed = false
  await later(20)
  isMuchUsed = true
  wanted.want()
  await later(4)
  expect(stuck).toBe(0)
  await later(1)
  expect(stuck).toBe(1)
})

test('ends with the journal', async () => {
  wanted.want()
  await later(1)
  wanted.close()
  await later(5)
  expect(runs).toBe(2)
})

test('that failed is tried again at once when what let it fail is set aside', async () => {
  failure = new Error('EIO')
  released = 1
  wanted.want()
  await turns()
  wanted.want()
  await turns()
  expect(runs).toBe(1)
  failure = undefined
  wanted.goOn()
  await turns()
  expect(runs).toBe(2)
})
