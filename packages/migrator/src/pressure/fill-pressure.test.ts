import { GIB, MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import { FillPressure } from './fill-pressure.ts'

const CAPACITY = 100 * GIB

interface Plant {
  readonly tickMs?: number
  readonly seconds?: number
  readonly capacityBytes?: number
  /** What producers want, bytes per second, and how long a request of theirs takes unslowed. */
  readonly demand: (second: number) => number
  readonly requestMs?: number
  readonly drain: (second: number) => number
}

interface Sample {
  readonly share: number
  readonly pressure: number
  /** Bytes per second that were let in. */
  readonly ingest: number
}

/** As the broker does it: throttled by the square from 0.5 on; held from 1 to below 0.8. */
function run(plant: Plant): Sample[] {
  const { tickMs = 1000, seconds = 1800, capacityBytes = CAPACITY, requestMs = 5 } = plant
  const control = new FillPressure()
  const samples: Sample[] = []
  let [usedBytes, pressure, isHeld] = [0, 0, false]
  for (let ms = 0; ms < seconds * 1000; ms += tickMs) {
    const second = ms / 1000
    isHeld = pressure >= 1 || (isHeld && pressure >= 0.8)
    const throttleMs = 1000 * Math.min(1, Math.max(0, (pressure - 0.5) / 0.5)) ** 2
    const slowed = (plant.demand(second) * requestMs) / (requestMs + throttleMs)
    const ingest = isHeld ? 0 : slowed
    const came = (ingest * tickMs) / 1000
    const drainedBytes = Math.min(usedBytes + came, (plant.drain(second) * tickMs) / 1000)
    usedBytes += came - drainedBytes
    pressure = control.observe({ nowMs: ms + tickMs, usedBytes, capacityBytes, drainedBytes })
    samples.push({ share: usedBytes / capacityBytes, pressure, ingest })
  }
  return samples
}

function rangeOf(values: readonly number[]): { least: number; most: number; mean: number } {
  const sum = values.reduce((total, value) => total + value, 0)
  return { least: Math.min(...values), most: Math.max(...values), mean: sum / values.length }
}

test.for([
  { demand: 1000, drain: 200, requestMs: 5, tickMs: 1000 },
  { demand: 1000, drain: 900, requestMs: 5, tickMs: 1000 },
  { demand: 1000, drain: 700, requestMs: 1, tickMs: 250 },
  { demand: 1000, drain: 20, requestMs: 10, tickMs: 1000 },
  { demand: 4000, drain: 300, requestMs: 2, tickMs: 250 },
  { demand: 2000, drain: 100, requestMs: 10, tickMs: 500 },
])('ingest far above drain becomes drain: %j', ({ demand, drain, requestMs, tickMs }) => {
  const samples = run({
    ...{ tickMs, requestMs, demand: () => demand * MIB, drain: () => drain * MIB, seconds: 7200 },
  })
  expect(rangeOf(samples.map(({ share }) => share)).most).toBeLessThan(0.985)
  const plateau = samples.slice(samples.length / 2)
  const ingest = rangeOf(plateau.map((sample) => sample.ingest / MIB))
  expect(ingest.mean).toBeGreaterThan(0.95 * drain)
  expect(ingest.mean).toBeLessThan(1.05 * drain)
  expect(ingest.most - ingest.least).toBeLessThan(0.1 * drain) // a plateau, no swing
  const level = rangeOf(plateau.map(({ share }) => share))
  expect(level.most - level.least).toBeLessThan(0.01)
})

test('more than the longest throttle can slow are held and let go in turns, never full', () => {
  const samples = run({ demand: () => 2000 * MIB, requestMs: 500, drain: () => 100 * MIB })
  const level = rangeOf(samples.slice(900).map(({ share }) => share))
  expect(level.most).toBeLessThan(1)
  const ingest = rangeOf(samples.slice(900).map((sample) => sample.ingest / MIB))
  expect(ingest.mean).toBeGreaterThan(80)
  expect(ingest.mean).toBeLessThan(120)
})

test('in normal times there is none, also in a burst that the tier takes', () => {
  const demand = (second: number): number => (second % 600 < 60 ? 1000 : 50) * MIB
  const samples = run({ demand, drain: () => 400 * MIB, seconds: 7200 })
  expect(rangeOf(samples.map(({ pressure }) => pressure)).most).toBe(0)
})

test('it ends when the burst does', () => {
  const demand = (second: number): number => (second < 300 ? 1000 : 50) * MIB
  const samples = run({ demand, drain: () => 200 * MIB })
  expect(rangeOf(samples.slice(0, 300).map(({ pressure }) => pressure)).most).toBeGreaterThan(0.5)
  expect(samples.at(-1)?.pressure).toBe(0)
  expect(samples.slice(900).every(({ pressure }) => pressure === 0)).toBe(true)
})

test('nothing drains: producers are held before the tier is full', () => {
  const samples = run({ demand: () => 1000 * MIB, drain: () => 0 })
  expect(samples.at(-1)?.pressure).toBeGreaterThanOrEqual(1)
  expect(rangeOf(samples.map(({ share }) => share)).most).toBeLessThan(1)
})

test('a drain that fails and comes back is followed', () => {
  const drain = (second: number): number => (second > 900 && second < 1500 ? 50 : 300) * MIB
  const samples = run({ demand: () => 800 * MIB, drain, seconds: 3600 })
  const around = (second: number): number => (samples[second]?.ingest ?? 0) / MIB
  expect(around(800)).toBeCloseTo(300, -1.5)
  expect(around(1450)).toBeLessThan(80)
  expect(around(3500)).toBeCloseTo(300, -1.5)
})

test('a tier that is not there has no pressure, and shares that do not rise are refused', () => {
  const control = new FillPressure()
  const none = { nowMs: 0, usedBytes: 0, capacityBytes: 0, drainedBytes: 0 }
  expect(control.observe(none)).toBe(0)
  expect(control.observe(none)).toBe(0)
  expect(control.ingestBytesPerSecond).toBe(0)
  expect(() => new FillPressure({ fullShare: 0.4 })).toThrow('shares must rise from 0 to 1: 0.5')
})
