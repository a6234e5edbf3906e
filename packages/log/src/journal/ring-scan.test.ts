import { MIB, seededRandom } from '@pafka/base'
import { describe, expect, test } from 'vitest'

import { BLOCK, large, memoryOf, small, TestRing } from '../../test/test-ring.ts'
import { appendAt, RING_ID, roundOf } from '../../test/test-rounds.ts'
import type { ScanMemory } from './ring-pieces.ts'
import { RingScan } from './ring-scan.ts'
import { RingSpace } from './ring-space.ts'
import { entriesAt, readRoundHead, ROUND_ENTRY_BYTES } from './round-format.ts'

const SECTOR = 512
const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1)

interface Run {
  /** `sequence` at the block where it was found. */
  readonly found: string[]
  readonly endBlock: number
  readonly previous: number
}

function isAsInRing(ring: TestRing, one: { positionBytes: number; bytes: Buffer }): boolean {
  const { positionBytes, bytes } = one
  return bytes.equals(ring.bytes.subarray(positionBytes, positionBytes + bytes.length))
}

/** The same whether what was found is kept, or read over. */
async function run(ring: TestRing, block: number, previous: number): Promise<Run> {
  const last = await runOnce(ring, block, previous)
  for (const blocks of [2, 3, 16]) {
    expect(await runOnce(ring, block, previous, memoryOf(blocks))).toEqual(last)
  }
  return last
}

async function runOnce(
  ring: TestRing,
  block: number,
  previous: number,
  memory?: ScanMemory,
): Promise<Run> {
  const scan = new RingScan(ring, RING_ID, { positionBytes: block * BLOCK, previous }, memory)
  const found: string[] = []
  const kept: { positionBytes: number; bytes: Buffer }[] = []
  for (let next = await scan.next(); next !== undefined; next = await scan.next()) {
    const { round, positionBytes, bytes } = next
    expect(bytes).toHaveLength(round.totalBytes)
    if (memory === undefined) kept.length = 0
    kept.push({ positionBytes, bytes })
    expect(kept.every((one) => isAsInRing(ring, one))).toBe(true)
    found.push(`${round.sequence} at ${positionBytes / BLOCK}`)
    if (found.length > 1000) throw new Error('the run does not end')
  }
  expect(await scan.next()).toBeUndefined() // and it has ended for good
  if (memory !== undefined) expect(kept.every((one) => isAsInRing(ring, one))).toBe(true)
  return { found, endBlock: scan.positionBytes / BLOCK, previous: scan.previous }
}

test('an empty ring, or one without a whole block, has no rounds', async () => {
  const none = { found: [], endBlock: 0, previous: 7 }
  expect(await run(new TestRing(8), 0, 7)).toEqual(none)
  expect(await run(new TestRing(0), 0, 7)).toEqual(none)
})

test('the run begins where told, and goes on while each names the one before', async () => {
  const ring = new TestRing(8)
  for (const [block, sequence] of [4, 5, 6, 7].entries()) ring.put(small(sequence), block)
  expect(await run(ring, 1, 4)).toEqual({
    found: ['5 at 1', '6 at 2', '7 at 3'],
    endBlock: 4,
    previous: 7,
  })
  expect(await run(ring, 4, 7)).toEqual({ found: [], endBlock: 4, previous: 7 })
})

test('numbers may be left out, as after a restart, as long as the chain holds', async () => {
  const ring = new TestRing(8)
  ring.put(small(5), 0)
  ring.put(small(5 + 2 ** 31, 5), 1)
  ring.put(small(6 + 2 ** 31), 2)
  const { found } = await run(ring, 0, 4)
  expect(found).toEqual(['5 at 0', `${5 + 2 ** 31} at 1`, `${6 + 2 ** 31} at 2`])
})

describe('rounds that do not belong to the run', () => {
  test('those of an earlier lap, whole as they are', async () => {
    const ring = new TestRing(4)
    for (const [block, sequence] of [9, 10, 7, 8].entries()) ring.put(small(sequence), block)
    expect(await run(ring, 0, 8)).toEqual({
      found: ['9 at 0', '10 at 1'],
      endBlock: 2,
      previous: 10,
    })
    // all four, when they are the run: from 7 on
    expect((await run(ring, 2, 6)).found).toEqual(['7 at 2', '8 at 3', '9 at 0', '10 at 1'])
  })

  test('those behind one that is missing or damaged', async () => {
    const ring = new TestRing(8)
    for (const sequence of [1, 2, 3, 4]) ring.put(small(sequence), sequence - 1)
    ring.bytes.writeUInt8(ring.bytes.readUInt8(2 * BLOCK + 140) ^ 4, 2 * BLOCK + 140)
    expect((await run(ring, 0, 0)).found).toEqual(['1 at 0', '2 at 1'])
    ring.bytes.fill(0, 2 * BLOCK, 3 * BLOCK)
    expect((await run(ring, 0, 0)).found).toEqual(['1 at 0', '2 at 1'])
    ring.put(small(4), 2) // the next one is not the one after the next
    expect((await run(ring, 0, 0)).found).toEqual(['1 at 0', '2 at 1'])
  })

  test('those that follow another round with a number in between', async () => {
    const ring = new TestRing(8)
    ring.put(small(5), 0)
    ring.put(small(7, 4), 1)
    expect((await run(ring, 0, 4)).found).toEqual(['5 at 0'])
  })

  test('one that names itself, or a later one, as the one before', async () => {
    for (const sequence of [5, 4]) {
      const ring = new TestRing(8)
      ring.put(small(sequence, 5), 0)
      expect((await run(ring, 0, 5)).found).toEqual([])
    }
  })

  test('those of another ring', async () => {
    const ring = new TestRing(8)
    ring.put(small(1), 0)
    const ringId = Buffer.from('another ring, id', 'latin1')
    ring.put(roundOf([appendAt(20)], { ringId, sequence: 2, previous: 1 }), 1)
    expect((await run(ring, 0, 0)).found).toEqual(['1 at 0'])
  })

  test('a header that claims more than the ring has costs no memory', async () => {
    const ring = new TestRing(8)
    ring.put(small(1), 0)
    const claim = small(2)
    const batchBytes = 2 ** 30
    claim.writeInt32BE(batchBytes, 60)
    const entriesEnd = entriesAt(batchBytes) + ROUND_ENTRY_BYTES
    claim.writeInt32BE(Math.ceil(entriesEnd / BLOCK) * BLOCK, 56)
    expect(readRoundHead(claim, RING_ID)?.batchBytes).toBe(batchBytes) // it is a header
    ring.put(claim, 1)
    expect((await run(ring, 0, 0)).found).toEqual(['1 at 0'])
    expect(ring.mostBytes).toBeLessThanOrEqual(ring.sizeBytes)
  })
})

describe('the newest round', () => {
  test('torn at any sector, it is not there, and the run ends before it', async () => {
    const round = large(3, 5 * BLOCK)
    const blocks = round.length / BLOCK
    const head = readRoundHead(round, RING_ID)
    const used = entriesAt(head?.batchBytes ?? 0) + ROUND_ENTRY_BYTES
    for (let sector = 0; sector * SECTOR < used; sector++) {
      const ring = new TestRing(blocks + 4)
      ring.put(small(1), 0)
      ring.put(small(2), 1)
      ring.put(round, 2)
      ring.bytes.fill(0, 2 * BLOCK + sector * SECTOR, 2 * BLOCK + (sector + 1) * SECTOR)
      const isPartOfZeros = round.subarray(sector * SECTOR, (sector + 1) * SECTOR)
      const isLost = !isPartOfZeros.equals(Buffer.alloc(SECTOR))
      const { found, endBlock } = await run(ring, 0, 0)
      expect([sector, found.length, endBlock]).toEqual(
        isLost ? [sector, 2, 2] : [sector, 3, 2 + blocks],
      )
    }
  })

  test('cut off by the end of the file, it is not there', async () => {
    const round = large(2, 3 * BLOCK)
    const ring = new TestRing(1 + round.length / BLOCK - 1)
    ring.put(small(1), 0)
    ring.put(round, 1)
    expect(await run(ring, 0, 0)).toEqual({ found: ['1 at 0'], endBlock: 1, previous: 1 })
  })

  test('that the file has no longer when it is read, it is not there', async () => {
    const ring = new TestRing(8)
    ring.put(small(1), 0)
    ring.put(large(2, 3 * BLOCK), 1)
    const short = {
      sizeBytes: ring.sizeBytes,
      read: async (into: Buffer, at: number) => ring.bytes.copy(into, 0, at, 2 * BLOCK),
    }
    const scan = new RingScan(short, RING_ID, { positionBytes: 0, previous: 0 })
    expect((await scan.next())?.round.sequence).toBe(1)
    expect(await scan.next()).toBeUndefined()
  })
})

describe('at the end of the ring', () => {
  test('the run goes on at the beginning', async () => {
    const ring = new TestRing(4)
    ring.put(small(1), 2)
    ring.put(small(2), 3)
    ring.put(small(3), 0)
    const { found, endBlock } = await run(ring, 2, 0)
    expect([found, endBlock]).toEqual([['1 at 2', '2 at 3', '3 at 0'], 1])
  })

  test('also where room is left, with older rounds in it', async () => {
    const ring = new TestRing(6)
    ring.put(small(11), 3)
    ring.put(small(4), 4) // of the lap before
    ring.put(large(12, 2 * BLOCK), 0)
    const { found, endBlock } = await run(ring, 3, 10)
    expect([found, endBlock]).toEqual([['11 at 3', '12 at 0'], 3])
  })

  test('a place behind the end, as a checkpoint may name it, is the beginning', async () => {
    const ring = new TestRing(4)
    ring.put(small(5), 0)
    expect((await run(ring, 4, 4)).found).toEqual(['5 at 0'])
  })
})

test('rounds larger than what is read at once, and across its ends, are found', async () => {
  const sizes = [100, 3 * MIB, 5 * MIB, 100, 4 * MIB, 2 * MIB, 9 * MIB, 100]
  const rounds = sizes.map((bytes, at) => large(at + 1, bytes))
  const all = Buffer.concat(rounds)
  const ring = new TestRing(all.length / BLOCK + 1)
  ring.put(all, 0)
  const { found, endBlock } = await run(ring, 0, 0)
  expect(found).toHaveLength(sizes.length)
  expect(endBlock).toBe(all.length / BLOCK)
})

test.each(SEEDS)('a ring written round and round is read back, seed %i', async (seed) => {
  const random = seededRandom(seed)
  const ring = new TestRing(20 + random.below(20))
  const space = new RingSpace(ring.sizeBytes, 0)
  const live: string[] = []
  let sequence = random.below(100)
  let covered = sequence
  let laps = 0
  for (let step = 0; step < 200; step++) {
    const round = random.below(3) === 0 ? large(sequence + 1, random.below(30_000)) : null
    const bytes = round ?? small(sequence + 1)
    const positionBytes = space.place(bytes.length)
    if (positionBytes >= 0) {
      sequence += 1
      laps += positionBytes === 0 ? 1 : 0
      ring.put(bytes, positionBytes / BLOCK)
      live.push(`${sequence} at ${positionBytes / BLOCK}`)
    }
    if (positionBytes < 0 || random.below(10) === 0) {
      const count = 1 + random.below(live.length)
      space.release(count)
      live.splice(0, count)
      covered += count
    }
    if (random.below(4) > 0) continue
    const { found, previous } = await run(ring, space.positionAfter(0) / BLOCK, covered)
    expect([found, previous]).toEqual([live, sequence])
  }
  expect(laps).toBeGreaterThan(3)
})

describe('behind the end of the run', () => {
  async function younger(ring: TestRing): Promise<number[]> {
    const scan = new RingScan(ring, RING_ID, { positionBytes: 0, previous: 4 })
    while ((await scan.next()) !== undefined);
    return scan.youngerBeyond()
  }

  function damage(ring: TestRing, block: number): void {
    ring.bytes[block * BLOCK + 200] = (ring.bytes[block * BLOCK + 200] as number) ^ 1
  }

  test('two younger rounds that are sound tell that one before them was lost', async () => {
    const ring = new TestRing(8)
    for (const sequence of [5, 6, 7, 8]) ring.put(small(sequence), sequence - 5)
    expect(await younger(ring)).toEqual([])
    damage(ring, 1)
    expect(await younger(ring)).toEqual([7, 8])
  })

  test('also when the one that was lost was the first of a lap', async () => {
    const ring = new TestRing(6)
    ring.put(small(5), 0) // of the lap before
    const scan = new RingScan(ring, RING_ID, { positionBytes: 3 * BLOCK, previous: 10 })
    for (const [block, sequence] of [11, 12].entries()) ring.put(small(sequence), 3 + block)
    ring.put(small(14), 1)
    while ((await scan.next()) !== undefined);
    expect([scan.previous, await scan.youngerBeyond()]).toEqual([12, [14]])
    ring.put(small(15), 2)
    const again = new RingScan(ring, RING_ID, { positionBytes: 3 * BLOCK, previous: 10 })
    while ((await again.next()) !== undefined);
    expect([again.previous, await again.youngerBeyond()]).toEqual([12, [14, 15]])
  })

  test('one alone was in flight beside the one that is missing', async () => {
    const ring = new TestRing(8)
    for (const sequence of [5, 6, 7]) ring.put(small(sequence), sequence - 5)
    damage(ring, 1)
    expect(await younger(ring)).toEqual([7])
    damage(ring, 2)
    expect(await younger(ring)).toEqual([])
  })

  test('a scan that passes gaps finds all that are younger, up to the last', async () => {
    const ring = new TestRing(8)
    for (const sequence of [5, 6, 7, 8, 9]) ring.put(small(sequence), sequence - 5)
    ring.put(small(4), 5) // of the lap before
    for (const block of [0, 2, 3]) damage(ring, block)
    const scan = new RingScan(ring, RING_ID, { positionBytes: 0, previous: 4 })
    scan.passesGaps = true
    const found: number[] = []
    for (let one = await scan.next(); one !== undefined; one = await scan.next()) {
      found.push(one.round.sequence)
    }
    expect([found, scan.previous, scan.positionBytes]).toEqual([[6, 9], 9, 5 * BLOCK])
    expect(await scan.youngerBeyond()).toEqual([])
  })

  test('older rounds tell nothing', async () => {
    const ring = new TestRing(8)
    ring.put(small(5), 0)
    for (const sequence of [2, 3, 4]) ring.put(small(sequence), sequence)
    expect(await younger(ring)).toEqual([])
  })
})
