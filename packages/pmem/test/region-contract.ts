// What every region keeps, as cases that any runner can run: vitest here, and in the virtual
// machine, which has no packages, plain Node. So they assert with node:assert.
import assert from 'node:assert/strict'

import type { PersistentRegion } from '../src/persistent-region.ts'

/** One kind of region, on one kind of medium. */
export interface RegionKind {
  create(sizeBytes: number): PersistentRegion
  /** Closes the region, or cuts its power, and opens what is left. */
  reopen(region: PersistentRegion): PersistentRegion
}

export interface ContractCase {
  readonly name: string
  run(kind: RegionKind): void
}

const SIZE = 3 * 4096 + 123
const CODES = { closed: { name: 'PmemError', code: 'EBADF' } }

/** Recognizable bytes: none of them is zero. */
function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => 1 + ((at * 31 + seed * 17) % 255))
}

/** mulberry32, as the package has no other. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function same(found: Uint8Array, expected: Uint8Array, what: string): void {
  const at = found.findIndex((byte, position) => byte !== expected[position])
  assert.equal(found.length, expected.length, what)
  assert.equal(at, -1, `${what}: byte ${at} is ${found[at]}, not ${expected[at]}`)
}

function startsAsZeros(kind: RegionKind): void {
  using region = kind.create(SIZE)
  assert.equal(region.sizeBytes, SIZE)
  assert.equal(region.view.length, SIZE)
  assert.equal(region.error, undefined)
  same(region.view, new Uint8Array(SIZE), 'a new region')
}

/** Starts and ends at every place of a line, across a page too. */
function copiesOutlive(kind: RegionKind): void {
  const first = kind.create(SIZE)
  const expected = new Uint8Array(SIZE)
  let at = 3
  for (let length = 0; length < 140; length += 3) {
    const bytes = pattern(length, length)
    first.copy(bytes, at)
    expected.set(bytes, at)
    at += length + (length % 7)
  }
  const page = pattern(4097)
  first.copy(page, 7000)
  expected.set(page, 7000)
  first.fence()
  using second = kind.reopen(first)
  same(second.view, expected, 'after copies and a fence')
}

function viewOutlives(kind: RegionKind): void {
  const first = kind.create(SIZE)
  first.view.set(pattern(5000), 4000)
  first.persist(4000, 5000)
  first.copyAndPersist(pattern(77), 61)
  using second = kind.reopen(first)
  same(second.view.subarray(4000, 9000), pattern(5000), 'after persist')
  same(second.view.subarray(61, 138), pattern(77), 'after copyAndPersist')
}

function wordsAreLittleEndian(kind: RegionKind): void {
  const first = kind.create(SIZE)
  first.store64(0, 0x1122334455667788n)
  first.store64(64, Number.MAX_SAFE_INTEGER)
  first.store64(120, 2n ** 64n - 1n)
  using second = kind.reopen(first)
  const words = new DataView(second.view.buffer)
  assert.equal(words.getBigUint64(0, true), 0x1122334455667788n)
  assert.equal(words.getBigUint64(64, true), BigInt(Number.MAX_SAFE_INTEGER))
  assert.equal(words.getBigUint64(120, true), 2n ** 64n - 1n)
  for (const [at, value] of [
    [4, 1],
    [SIZE - 3, 1],
    [0, -1],
    [0, 0.5],
    [0, 2 ** 53],
    [0, -1n],
    [0, 2n ** 64n],
  ] as const) {
    assert.throws(() => second.store64(at, value), RangeError, `${value} at ${at}`)
  }
  assert.equal(words.getBigUint64(0, true), 0x1122334455667788n)
}

function rangesAreChecked(kind: RegionKind): void {
  using region = kind.create(SIZE)
  for (const at of [-1, SIZE - 9, SIZE, 2 ** 60, 0.5, Number.NaN, Infinity]) {
    assert.throws(() => region.copy(pattern(10), at), RangeError, `copy at ${at}`)
    assert.throws(() => region.copyAndPersist(pattern(10), at), RangeError)
    assert.throws(() => region.persist(at, 10), RangeError, `persist at ${at}`)
    assert.throws(() => region.prefault(at, 10), RangeError)
  }
  assert.throws(() => region.persist(0, -1), RangeError)
  assert.throws(() => region.persist(0, SIZE + 1), RangeError)
  region.copyAndPersist(new Uint8Array(0), SIZE)
  region.persist(SIZE, 0)
  region.persist(0, SIZE)
  same(region.view, new Uint8Array(SIZE), 'after refusals')
}

function endsWithClose(kind: RegionKind): void {
  const region = kind.create(SIZE)
  const { view } = region
  const part = view.subarray(10, 20)
  const words = new DataView(view.buffer)
  region.close()
  region.close()
  region[Symbol.dispose]()
  assert.equal(view.length, 0)
  assert.equal(view[0], undefined)
  assert.equal(part.length, 0)
  assert.throws(() => words.getUint8(0), TypeError)
  assert.throws(() => view.fill(1), TypeError)
  assert.throws(() => region.view, CODES.closed)
  assert.throws(() => region.copy(pattern(8), 0), CODES.closed)
  assert.throws(() => region.copyAndPersist(pattern(8), 0), CODES.closed)
  assert.throws(() => region.persist(0, 8), CODES.closed)
  assert.throws(() => region.fence(), CODES.closed)
  assert.throws(() => region.store64(0, 1), CODES.closed)
  assert.throws(() => region.prefault(0, 8), CODES.closed)
}

function isNotPosted(kind: RegionKind): void {
  using region = kind.create(SIZE)
  assert.throws(() => structuredClone(region), { name: 'DataCloneError' })
  assert.equal(structuredClone(region.view.subarray(0, 10)).length, 10)
}

function copiesFromAnywhere(kind: RegionKind): void {
  using region = kind.create(SIZE)
  const shared = new Uint8Array(new SharedArrayBuffer(300))
  shared.set(pattern(300))
  region.copy(shared, 1)
  same(region.view.subarray(1, 301), pattern(300), 'from shared memory')
  region.copy(Buffer.from('ab'), 0)
  same(region.view.subarray(0, 2), Buffer.from('ab'), 'from a small buffer')
  region.copy(pattern(1000).subarray(100, 500), 64)
  same(region.view.subarray(64, 464), pattern(1000).subarray(100, 500), 'from a part')
  const expected = region.view.slice()
  expected.copyWithin(40, 0, 400)
  region.copy(region.view.subarray(0, 400), 40)
  region.fence()
  same(region.view, expected, 'onto itself')
}

function takesBytesAlone(kind: RegionKind): void {
  using region = kind.create(SIZE)
  const others: unknown[] = ['abc', [1, 2, 3], { length: 4 }, null, undefined, 7]
  others.push(new Uint16Array([0x1234, 0x5678]), new DataView(new ArrayBuffer(4)))
  others.push(new ArrayBuffer(4), new Int8Array(4), new Uint8ClampedArray(4))
  for (const other of others) {
    const refused = { name: 'TypeError', message: 'what is copied must be a Uint8Array' }
    assert.throws(() => region.copy(other as Uint8Array, 0), refused, String(other))
    assert.throws(() => region.copyAndPersist(other as Uint8Array, 0), refused, String(other))
  }
  same(region.view, new Uint8Array(SIZE), 'after refusals')
}

function endsWithItsMemory(kind: RegionKind): void {
  const region = kind.create(SIZE)
  const { view } = region
  const taken = new Uint8Array(view.buffer.transfer())
  assert.equal(taken.length, SIZE)
  assert.equal(view.length, 0)
  assert.throws(() => region.view, CODES.closed)
  assert.throws(() => region.copy(pattern(8), 0), CODES.closed)
  assert.throws(() => region.copyAndPersist(pattern(8), 0), CODES.closed)
  assert.throws(() => region.persist(0, 8), CODES.closed)
  assert.throws(() => region.fence(), CODES.closed)
  assert.throws(() => region.store64(0, 1), CODES.closed)
  assert.throws(() => region.prefault(0, 8), CODES.closed)
  region.close()
  region.close()
}

function prefaultChangesNothing(kind: RegionKind): void {
  using region = kind.create(SIZE)
  region.copyAndPersist(pattern(SIZE), 0)
  region.prefault(0, SIZE)
  region.prefault(4095, 2)
  region.prefault(10, 0)
  same(region.view, pattern(SIZE), 'after prefault')
}

function keepsWhatAModelKeeps(kind: RegionKind): void {
  const random = seeded(7)
  const below = (limit: number): number => Math.floor(random() * limit)
  let region = kind.create(SIZE)
  const expected = new Uint8Array(SIZE)
  for (let round = 0; round < 200; round++) {
    const at = below(SIZE)
    const bytes = pattern(below(Math.min(SIZE - at, 1 + below(2000))), round)
    if (round % 3 === 0) {
      region.view.set(bytes, at)
      region.persist(at, bytes.length)
    } else region.copy(bytes, at)
    expected.set(bytes, at)
    if (round % 5 !== 0) continue
    region.fence()
    region = kind.reopen(region)
    same(region.view, expected, `round ${round}`)
  }
  region.close()
}

export const regionContract: readonly ContractCase[] = [
  { name: 'starts as zeros', run: startsAsZeros },
  { name: 'keeps what was copied before a fence', run: copiesOutlive },
  { name: 'keeps what was persisted', run: viewOutlives },
  { name: 'stores 8 bytes, little-endian', run: wordsAreLittleEndian },
  { name: 'refuses what lies outside, and changes nothing', run: rangesAreChecked },
  { name: 'ends with close, as often as it is called', run: endsWithClose },
  { name: 'is not posted to a thread', run: isNotPosted },
  { name: 'copies from any memory, itself too', run: copiesFromAnywhere },
  { name: 'copies nothing but bytes', run: takesBytesAlone },
  { name: 'is of no use without its memory', run: endsWithItsMemory },
  { name: 'is not changed by prefault', run: prefaultChangesNothing },
  { name: 'keeps what a model keeps', run: keepsWhatAModelKeeps },
]
