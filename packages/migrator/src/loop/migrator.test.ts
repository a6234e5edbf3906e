import { KIB, type Logger, SECOND_MS, silentLogger } from '@pafka/base'
import type { TierPath, TierSegment } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { FakeSegment } from '../../test/fake-segment.ts'
import { policyOptions } from '../policy/policy-options.ts'
import { Migrator, type MigratorPace } from './migrator.ts'
import type { MigratorWorld } from './migrator-world.ts'

const pace: MigratorPace = {
  heldBackBy: undefined,
  urge: () => undefined,
  take: async (_, signal) => !signal.aborted,
}

function path(id: string, tier: number, usedBytes: number): TierPath {
  const place = { id, path: `/${id}`, tier, isOnline: true, isAppended: true }
  return { ...place, capacityBytes: 1000 * KIB, usedBytes }
}

function sealed(baseOffset: number): TierSegment {
  const place = { topic: 't', partition: 0, baseOffset, pathId: 'nvme' }
  return { ...place, sizeBytes: 100 * KIB, newestMs: baseOffset, readMs: 0, heatBytes: 0 }
}

function newWorld(given: Partial<MigratorWorld> = {}): MigratorWorld {
  return {
    tiers: ['NVME', 'HDD'],
    paths: () => [path('nvme', 0, 500 * KIB), path('hdd', 1, 0)],
    retiringBytes: () => 0,
    segments: () => [sealed(1), sealed(2)],
    wishOf: () => ({}),
    move: () => undefined,
    ...given,
  }
}

function newMigrator(world: MigratorWorld, threads = 1, logger: Logger = silentLogger): Migrator {
  return new Migrator({
    ...{ world, pace, threads, clock: new ManualClock(), logger },
    ...{ policy: policyOptions({ threshold: 0.4 }), pieceBytes: 64 * KIB },
  })
}

async function settle(): Promise<void> {
  for (let left = 10; left > 0; left--) await nextTurn()
}

test('nothing begins before all segments are known', async () => {
  const asked: number[] = []
  const world = newWorld({ move: ({ baseOffset }) => void asked.push(baseOffset) })
  const migrator = newMigrator(world)
  migrator.put(sealed(3))
  await settle()
  expect(asked).toEqual([])
  await migrator.start()
  await settle()
  expect(asked).toEqual([1, 2, 3]) // each refused one makes room for the next
  expect(migrator.figures).toMatchObject({ gone: 3, segments: 0, underWay: 0 })
})

test('a log that throws is a failed move, tried again', async () => {
  const world = newWorld({
    move: () => {
      throw new Error('not now')
    },
  })
  const migrator = newMigrator(world)
  await migrator.start()
  await settle()
  const { failed, waiting, segments } = migrator.figures
  expect([failed.begin, waiting, segments]).toEqual([2, 2, 2])
  expect(await migrator.stop()).toBe(true)
})

test('a change of a segment while it is copied is not lost, nor is its new place', async () => {
  const fake = new FakeSegment(100 * KIB)
  const told: { migrator?: Migrator } = {}
  const moved: string[] = []
  fake.fault = (call) => {
    if (call === 'sync') told.migrator?.put({ ...sealed(1), heatBytes: 7 })
    return undefined
  }
  const world = newWorld({
    segments: () => [sealed(1)],
    move(segment, toPathId) {
      moved.push(`${segment.pathId} ${segment.heatBytes} -> ${toPathId}`)
      return moved.length === 1 ? fake : undefined
    },
    wishOf: () => (moved.length === 0 ? {} : { pin: 'NVME' }),
  })
  told.migrator = newMigrator(world)
  await told.migrator.start()
  await settle()
  expect(moved).toEqual(['nvme 0 -> hdd', 'hdd 7 -> nvme'])
  expect(fake.isCommitted).toBe(true)
})

test('one that was compacted while it was copied is known by what it is now', async () => {
  const fake = new FakeSegment(100 * KIB)
  fake.isGone = true
  const told: { migrator?: Migrator } = {}
  fake.fault = (call) => {
    if (call === 'sync') told.migrator?.put({ ...sealed(1), sizeBytes: KIB })
    return undefined
  }
  let moves = 0
  const world = newWorld({
    segments: () => [sealed(1)],
    move: () => ((moves += 1) === 1 ? fake : undefined),
  })
  told.migrator = newMigrator(world)
  await told.migrator.start()
  await settle()
  expect(moves).toBe(2)
  expect(told.migrator.figures.gone).toBe(2)
})

test('a path is not to blame for what was deleted there while it was copied', async () => {
  const events: string[] = []
  const world = newWorld({
    segments: () => [1, 2, 3, 4, 5].map(sealed),
    move: () => {
      const fake = new FakeSegment(100 * KIB)
      fake.fault = (call) => {
        if (call !== 'read') return undefined
        fake.isGone = true
        return 'short'
      }
      return fake
    },
  })
  const logger = { ...silentLogger, warn: (event: string) => void events.push(event) }
  const migrator = newMigrator(world, 1, logger)
  await migrator.start()
  await settle()
  expect(migrator.figures).toMatchObject({ gone: 5, failed: { read: 0 }, waiting: 0 })
  expect(events).toEqual([])
})

test('after stop nothing is begun, and what is told is not heard', async () => {
  let moves = 0
  const world = newWorld({ move: () => void (moves += 1), segments: () => [] })
  const migrator = newMigrator(world)
  await migrator.start()
  expect(await migrator.stop()).toBe(true)
  migrator.put(sealed(1))
  migrator.remove(sealed(1))
  migrator.wishChanged('t')
  migrator.pathsChanged()
  await settle()
  expect(moves).toBe(0)
  expect(migrator.figures.segments).toBe(0)
})

test('time is counted by what the migrator did in it', async () => {
  const clock = new ManualClock()
  const fake = new FakeSegment(100 * KIB)
  let held: 'limit' | 'latency' | undefined
  let grant: ((isGranted: boolean) => void) | undefined
  const slow: MigratorPace = {
    get heldBackBy() {
      return held
    },
    urge: () => undefined,
    take: () => new Promise((resolve) => (grant = resolve)),
  }
  const world = newWorld({ segments: () => [sealed(1)], move: () => fake })
  const migrator = new Migrator({
    ...{ world, pace: slow, threads: 1, clock, logger: silentLogger },
    ...{ policy: policyOptions({ threshold: 0.4 }), pieceBytes: 128 * KIB },
  })
  clock.advance(5 * SECOND_MS)
  held = 'limit'
  await migrator.start()
  await settle()
  clock.advance(SECOND_MS)
  held = 'latency'
  grant?.(true)
  await settle()
  clock.advance(2 * SECOND_MS)
  grant?.(true)
  await settle()
  expect(migrator.figures.stateMs).toEqual({
    ...{ idle: 5000, migrating: 0, throttled: 1000, heldBack: 2000 },
  })
  expect(migrator.figures.moved).toEqual([{ from: 'NVME', to: 'HDD', moves: 1, bytes: 102_400 }])
})
