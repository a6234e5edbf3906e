import { silentLogger } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test, vi } from 'vitest'

import { RingFile } from './ring-file.ts'
import { RingGrowth } from './ring-growth.ts'
import { RingSpace } from './ring-space.ts'
import { SimulatedDisk } from '../files/simulated-disk.ts'

const PIECE = 65_536
const LIMIT = 24 * PIECE

let file: RingFile
let space: RingSpace
let growth: RingGrowth
let grown: number

beforeEach(() => {
  const disk = SimulatedDisk.create()
  disk.makeFolder('/journal')
  file = new RingFile(disk, '/journal/ring', PIECE)
  space = new RingSpace(file.preparedBytes, 0)
  grown = 0
  const clock = new ManualClock()
  const parts = { file, space, clock, logger: silentLogger, limitBytes: LIMIT }
  growth = new RingGrowth(parts, () => void (grown += 1))
})

test('a fresh ring is as it should be', () => {
  expect([growth.isWanted, growth.isWantedAtRest]).toEqual([false, false])
})

test('it is to grow when more than half of it is used', () => {
  space.place(PIECE / 2)
  expect(growth.isWanted).toBe(false)
  space.place(4096)
  expect(growth.isWanted).toBe(true)
})

test('at rest it is to have eight times what was used once, free again or not', async () => {
  space.place(PIECE / 2)
  space.release(1)
  expect([growth.isWanted, growth.isWantedAtRest]).toEqual([false, true])
  for (let piece = 0; piece < 3; piece++) {
    growth.grow()
    await vi.waitFor(() => expect(grown).toBe(piece + 1))
  }
  expect(space.capacityBytes).toBe(4 * PIECE)
  expect(growth.isWantedAtRest).toBe(false)
})

test('at rest it grows to a quarter of its limit', async () => {
  for (let piece = 1; piece < 6; piece++) {
    growth.grow()
    await vi.waitFor(() => expect(grown).toBe(piece))
  }
  space.take({ positionBytes: 0, sizeBytes: 6 * PIECE })
  expect([growth.isWanted, growth.isWantedAtRest]).toEqual([true, false])
})

test('by one piece at a time, and not beyond its limit', async () => {
  growth.grow()
  growth.grow()
  await vi.waitFor(() => expect(grown).toBe(1))
  expect(file.preparedBytes).toBe(2 * PIECE)
  for (let piece = 2; piece < 24; piece++) {
    growth.grow()
    await vi.waitFor(() => expect(grown).toBe(piece))
  }
  growth.grow()
  expect([file.preparedBytes, growth.isWanted]).toEqual([LIMIT, false])
})
