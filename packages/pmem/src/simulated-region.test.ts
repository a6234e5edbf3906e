import { describe, expect, test } from 'vitest'

import { SimulatedRegion, type SimulatedStep } from './simulated-region.ts'

const SIZE = 1024
const nothing = (): number => 1
const half = (): (() => number) => {
  let turn = 0
  return () => ((turn += 7) % 10) / 10
}

/** Bytes other than zero, in lines of 64. */
function filled(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(9)
}

describe('a power cut', () => {
  test('keeps what was fenced, whatever else is lost', () => {
    const region = new SimulatedRegion(SIZE)
    region.copy(filled(100), 3)
    region.fence()
    region.view.fill(7, 500, 600)
    region.persist(500, 100)
    const found = region.cutPower(nothing)
    expect(found.view.subarray(3, 103)).toEqual(filled(100))
    expect(found.view.subarray(500, 600)).toEqual(new Uint8Array(100).fill(7))
  })

  test('may lose what was copied and not fenced', () => {
    const region = new SimulatedRegion(SIZE)
    region.copy(filled(100), 3)
    expect(region.cutPower(() => 0.9999).view).toEqual(new Uint8Array(SIZE))
  })

  test('may lose what was stored and not flushed, fence or not', () => {
    const region = new SimulatedRegion(SIZE)
    region.view.fill(7)
    region.fence()
    region.persist(0, 64)
    const found = region.cutPower(() => 0.9999)
    expect(found.view.subarray(0, 64)).toEqual(new Uint8Array(64).fill(7))
    expect(found.view.subarray(64)).toEqual(new Uint8Array(SIZE - 64))
  })

  test('may keep it all the same', () => {
    const region = new SimulatedRegion(SIZE)
    region.view.fill(7)
    region.copy(filled(100), 3)
    const expected = region.view.slice()
    // A share of all, then for each line: not torn, and through.
    let turn = 0
    const everything = (): number => (turn++ === 0 ? 1 : turn % 2 === 0 ? 0.5 : 0)
    expect(region.cutPower(everything).view).toEqual(expected)
  })
})

describe('a power cut, of what it may keep,', () => {
  test('may tear a line, but never 8 aligned bytes', () => {
    const region = new SimulatedRegion(SIZE)
    region.view.fill(7)
    const left = region.cutPower(half()).view
    const words = new BigUint64Array(left.buffer)
    const old = words.filter((word) => word === 0n).length
    const fresh = words.filter((word) => word === 0x0707070707070707n).length
    expect(old + fresh).toBe(words.length)
    expect(old).toBeGreaterThan(0)
    expect(fresh).toBeGreaterThan(0)
  })

  test('may keep what was copied first, though more was copied over it', () => {
    const found = new Set<number | undefined>()
    for (let seed = 1; seed < 200; seed++) {
      const region = new SimulatedRegion(64)
      region.copy(new Uint8Array(8).fill(1), 0)
      region.copy(new Uint8Array(8).fill(2), 0)
      let state = seed * 7919
      const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647
      found.add(region.cutPower(random).view[0])
    }
    expect(found).toEqual(new Set([0, 1, 2]))
  })

  test('ends the region, and the same numbers leave the same', () => {
    const cut = (): Uint8Array => {
      const region = new SimulatedRegion(SIZE)
      region.view.fill(7)
      const found = region.cutPower(half())
      expect(() => region.fence()).toThrow('closed')
      return found.view
    }
    expect(cut()).toEqual(cut())
  })
})

test('each step is told of before it happens', () => {
  const steps: SimulatedStep[] = []
  const region = new SimulatedRegion(SIZE, { beforeStep: (step) => void steps.push(step) })
  region.copyAndPersist(filled(10), 0)
  region.store64(64, 1)
  region.persist(0, 8)
  expect(steps).toEqual(['store', 'fence', 'store', 'flush', 'fence', 'flush', 'fence'])
})

test('a call that is stopped in its midst has done no more', () => {
  const cut = new Error('power cut')
  const region = new SimulatedRegion(SIZE, {
    beforeStep(step) {
      if (step === 'flush') throw cut
    },
  })
  expect(() => region.store64(0, 5)).toThrow(cut)
  expect(region.view[0]).toBe(5)
  expect(region.cutPower(() => 0.9999).view[0]).toBe(0)
})

test('a region begins with what its medium has', () => {
  const region = new SimulatedRegion(SIZE, { content: filled(10) })
  expect(region.view.subarray(0, 11)).toEqual(Uint8Array.of(...filled(10), 0))
  expect(region.cutPower(nothing).view[9]).toBe(9)
  expect(() => new SimulatedRegion(0)).toThrow('is no size')
})
