import { GIB, MIB, silentLogger } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { RoomWatch } from './room-watch.ts'

const RESERVE = 16 * MIB

let clock: ManualClock
let usableBytes: number
let looks: number
let warnings: string[]
let watch: RoomWatch

beforeEach(() => {
  clock = new ManualClock()
  looks = 0
  warnings = []
  watch = new RoomWatch({
    path: '/data',
    clock,
    logger: { ...silentLogger, warn: (event) => void warnings.push(event) },
    reserveBytes: RESERVE,
    space: async () => {
      looks += 1
      return { totalBytes: 500 * GIB, usableBytes }
    },
  })
})

async function pressureAt(bytes: number): Promise<number> {
  usableBytes = bytes
  watch.start()
  await new Promise((resolve) => setImmediate(resolve))
  return watch.pressure
}

test('nobody is slowed while there is plenty', async () => {
  expect(await pressureAt(3 * GIB)).toBe(0)
  expect(warnings).toEqual([])
})

test('producers are slowed more and more, and it is said once', async () => {
  const pressures: number[] = []
  for (const bytes of [1.9 * GIB, GIB, 500 * MIB, 2 * RESERVE, 0]) {
    pressures.push(await pressureAt(bytes))
  }
  expect(pressures).toEqual(pressures.toSorted((a, b) => a - b))
  expect(pressures[0]).toBeGreaterThan(0.5)
  expect(pressures.at(-1)).toBeCloseTo(0.75)
  expect(warnings).toEqual(['disk-nearly-full'])
  expect(await pressureAt(3 * GIB)).toBe(0)
})

test('what is not known slows nobody', async () => {
  expect(await pressureAt(-1)).toBe(0)
})

test('it is looked at as often as the disk could fill up', async () => {
  await pressureAt(20 * GIB)
  clock.advance(8_000)
  expect(looks).toBe(1)
  clock.advance(2_000)
  expect(looks).toBe(2)
  usableBytes = GIB
  await new Promise((resolve) => setImmediate(resolve))
  await pressureAt(GIB)
  const before = looks
  clock.advance(200)
  expect(looks).toBeGreaterThan(before)
})

test('nothing is looked at after the end', async () => {
  await pressureAt(GIB)
  await watch.close()
  clock.advance(1_000_000)
  expect(looks).toBe(1)
})
