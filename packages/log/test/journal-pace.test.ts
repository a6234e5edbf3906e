import { MIB } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { JournalStage } from './journal-stage.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

let stage: JournalStage

beforeEach(() => {
  stage = new JournalStage()
})

/** A write that takes so long. */
function write(tookMs: number): void {
  stage.clock.advance(1)
  stage.send()
  stage.clock.advance(tookMs)
  stage.endWrite()
}

function starve(): void {
  for (let stall = 0; stall < 5; stall++) {
    for (let count = 0; count < 7; count++) write(0)
    write(80)
  }
}

describe('on a device that serves a few rounds and then none for a while', () => {
  beforeEach(starve)

  test('a round waits for its turn with all that came meanwhile, and it is said', () => {
    expect(stage.told).toContain('journal-paced')
    const written = stage.writes.length
    write(0)
    stage.send()
    stage.send()
    expect(stage.writes).toHaveLength(written + 1)
    stage.clock.advance(30)
    expect(stage.rounds.at(-1)).toHaveLength(2)
    expect(stage.journal.restMs).toBeGreaterThan(0)
  })

  test('who waits for all of it does not wait for a turn', async () => {
    write(0)
    stage.send()
    expect(stage.inFlight).toBe(0)
    const idle = stage.journal.whenIdle()
    expect(stage.inFlight).toBe(1)
    stage.endWrite()
    await idle
    stage.clock.advance(100)
    expect(stage.inFlight).toBe(0)
  })

  test('when none came for a while nothing is left to them', () => {
    write(0)
    expect(stage.journal.restMs).toBeGreaterThan(0)
    stage.clock.advance(500)
    expect(stage.journal.restMs).toBe(0)
  })

  test('a round that is full does not wait', () => {
    write(0)
    stage.send({ valueBytes: MIB / 2 })
    expect(stage.inFlight).toBe(0)
    stage.send({ valueBytes: MIB / 2 })
    expect(stage.inFlight).toBe(1)
  })

  test('a journal that failed has no turn any more', () => {
    write(0)
    stage.send()
    stage.journal.fail(new Error('EIO'))
    stage.clock.advance(100)
    expect(stage.inFlight).toBe(0)
  })
})

test('rounds of a device that is slow become larger, when others wait', () => {
  stage = new JournalStage(64 * MIB)
  for (let count = 0; count < 16; count++) stage.send({ valueBytes: MIB / 4 })
  while (stage.isWriting) {
    stage.clock.advance(20)
    stage.endWrite()
    if (stage.writes.length < 6) {
      for (let count = 0; count < 16; count++) stage.send({ valueBytes: MIB / 4 })
    }
  }
  const sizes = stage.writes.map(({ round }) => round.totalBytes)
  expect(sizes[0]).toBeLessThanOrEqual(MIB)
  expect(Math.max(...sizes)).toBeGreaterThan(3 * MIB)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * MIB)
})

test('the timer makes no checkpoint of a journal that has little and gets more', async () => {
  const clock = new ManualClock(TIME_MS)
  const files = SimulatedDisk.create()
  const interval = { checkpointIntervalMs: 60_000 }
  await using store = await openStore({ files, clock, store: { channel: 'journal', ...interval } })
  const log = createLog(store)
  const used = (): number => store.journal?.usedBytes ?? -1
  for (let minute = 0; minute < 3; minute++) {
    log.appendAsLeader(
      batchOf([{ timestamp: TIME_MS, key: null, value: Buffer.alloc(100) }]),
      CLIENT,
    )
    await committed(log)
    const before = used()
    clock.advance(60_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(used()).toBe(before)
  }
  clock.advance(60_000)
  await vi.waitFor(() => expect(used()).toBe(0))
})
