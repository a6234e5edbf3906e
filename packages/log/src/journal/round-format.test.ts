import { DecodeError } from '@pafka/base'
import { setPartitionLeaderEpoch } from '@pafka/protocol'
import { describe, expect, test } from 'vitest'

import { batchOf, numbered } from '../../test/test-batches.ts'
import { appendAt, RING_ID, roundOf, type TestAppend } from '../../test/test-rounds.ts'
import {
  batchesThatFit,
  decodeRound,
  type DecodedRound,
  digestOf,
  entriesAt,
  readRoundHead,
  ROUND_ENTRY_BYTES,
  ROUND_HEADER_BYTES,
  roundBytes,
  type RoundEntry,
  type RoundHead,
  sealRound,
  writeEntry,
} from './round-format.ts'

const BLOCK_BYTES = 4096
const TOTAL_AT = 56
const BATCHES_AT = 60
const ENTRIES_AT = 64

/** One entry with a batch, one with three: several entries and several batches in one of them. */
const appends: readonly TestAppend[] = [
  appendAt(1000),
  appendAt(0, { partition: 0, counts: [1, 3, 2], leaderEpoch: 0 }),
]

function decoded(bytes: Buffer, ringId = RING_ID): DecodedRound | undefined {
  const head = readRoundHead(bytes, ringId)
  return head === undefined ? undefined : decodeRound(bytes, head)
}

function headOf(bytes: Buffer): RoundHead {
  const head = readRoundHead(bytes, RING_ID)
  if (head === undefined) throw new Error('no round')
  return head
}

test('a round is decoded as it was encoded', () => {
  const round = roundOf(appends, { sequence: 2 ** 40 + 3, previous: 2 ** 40 })
  expect(round).toHaveLength(BLOCK_BYTES)
  expect(decoded(round)).toEqual({
    ringId: RING_ID,
    sequence: 2 ** 40 + 3,
    previous: 2 ** 40,
    timestampMs: 1_700_000_000_000,
    totalBytes: BLOCK_BYTES,
    batchBytes: appends.reduce((sum, { batches }) => sum + batches.length, 0),
    entries: 2,
    items: appends.map(({ entry }) => entry),
  })
})

test('a round of the size of many blocks, with many entries, is decoded as it was encoded', () => {
  const many = Array.from({ length: 300 }, (_, at) => appendAt(at * 2, { partition: at }))
  const round = roundOf(many)
  expect(round.length % BLOCK_BYTES).toBe(0)
  expect(round.length).toBeGreaterThan(10 * BLOCK_BYTES)
  expect(decoded(round)?.items).toEqual(many.map(({ entry }) => entry))
})

/** Bytes that nothing reads: behind the batches up to a multiple of 8, and behind the entries. */
function isPadding(at: number, { batchBytes, entries }: RoundHead): boolean {
  const from = entriesAt(batchBytes)
  const isBetween = at >= ROUND_HEADER_BYTES + batchBytes && at < from
  return isBetween || at >= from + entries * ROUND_ENTRY_BYTES
}

test('each single flipped bit is noticed, but in padding, where it changes nothing', () => {
  const round = roundOf(appends)
  const whole = decoded(round)
  const head = headOf(round)
  const missed: string[] = []
  let padding = 0
  for (let bit = 0; bit < round.length * 8; bit++) {
    const at = bit >>> 3
    const was = round.readUInt8(at)
    round.writeUInt8(was ^ (1 << (bit & 7)), at)
    const found = decoded(round)
    if (isPadding(at, head)) {
      padding += 1
      expect(found).toEqual(whole)
    } else if (found !== undefined) missed.push(`bit ${bit & 7} of byte ${at}`)
    round.writeUInt8(was, at)
  }
  expect(missed).toEqual([])
  const usedBytes = ROUND_HEADER_BYTES + head.batchBytes + head.entries * ROUND_ENTRY_BYTES
  expect(padding).toBe((round.length - usedBytes) * 8)
  expect(decoded(round)).toEqual(whole) // the test put all bits back
})

test('each flipped bit of a batch is noticed, also under a right CRC of the round', () => {
  const round = roundOf([appendAt(40)])
  const { batchBytes } = headOf(round)
  let noticed = 0
  for (let bit = 0; bit < batchBytes * 8; bit++) {
    const damaged = Buffer.from(round)
    const at = ROUND_HEADER_BYTES + (bit >>> 3)
    damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (bit & 7)), at)
    sealRound(damaged, headOf(round)) // the round's own CRC is right
    if (decoded(damaged) === undefined) noticed += 1
  }
  expect(noticed).toBe(batchBytes * 8)
})

test('each truncated round is refused', () => {
  const round = roundOf(appends)
  const head = headOf(round)
  const accepted: number[] = []
  for (let bytes = 0; bytes < round.length; bytes++) {
    if (decodeRound(round.subarray(0, bytes), head) !== undefined) accepted.push(bytes)
  }
  expect(accepted).toEqual([])
})

test('each prefix of a round, over what lay there before, is one of the two or none', () => {
  const older = roundOf([appendAt(500), appendAt(20, { counts: [1, 3, 2] })], { sequence: 3 })
  const round = roundOf(appends)
  const both = [older, round].map((bytes) => ({ bytes, whole: decoded(bytes) }))
  const wanted: (DecodedRound | undefined)[] = []
  const found: (DecodedRound | undefined)[] = []
  for (let bytes = 0; bytes <= round.length; bytes++) {
    const torn = Buffer.concat([round.subarray(0, bytes), older.subarray(bytes)])
    wanted.push(both.find((one) => one.bytes.equals(torn))?.whole)
    found.push(decoded(torn))
  }
  expect(found).toEqual(wanted)
  const outcomes = new Set(found.map((one) => one?.sequence))
  expect([...outcomes]).toEqual([3, undefined, 8])
})

test('a round of another ring is none', () => {
  const round = roundOf(appends)
  const other = Buffer.from(RING_ID)
  other.writeUInt8(other.readUInt8(15) ^ 1, 15)
  expect(readRoundHead(round, other)).toBeUndefined()
  expect(readRoundHead(Buffer.alloc(BLOCK_BYTES), Buffer.alloc(16))).toBeUndefined()
})

describe('batches that stand in for others', () => {
  function withBatches(batches: Buffer): DecodedRound | undefined {
    const round = roundOf([appendAt(1000)])
    expect(batches).toHaveLength(headOf(round).batchBytes)
    batches.copy(round, ROUND_HEADER_BYTES)
    return decoded(round)
  }

  test('the same ones are taken', () => {
    expect(withBatches(appendAt(1000).batches)).toBeDefined()
  })

  test('sound ones with the same offsets, as an earlier lap may have left', () => {
    const older = batchOf(numbered(2, 1002)) // values of the same lengths
    appendAt(1000).batches.copy(older, 0, 0, 17) // offset, length, leader epoch, magic
    expect(withBatches(older)).toBeUndefined()
  })

  test('the same ones under another leader epoch', () => {
    const { batches } = appendAt(1000)
    setPartitionLeaderEpoch(batches, 0, 4)
    expect(withBatches(batches)).toBeUndefined()
  })

  test('the same ones in another order', () => {
    const { batches } = appendAt(0, { counts: [1, 1] })
    const half = batches.length / 2
    const swapped = Buffer.concat([batches.subarray(half), batches.subarray(0, half)])
    expect(digestOf(swapped, 0, swapped.length)).not.toBe(digestOf(batches, 0, batches.length))
  })
})

describe('what is claimed is checked before it is believed', () => {
  test.each([
    { what: 'no entries', at: ENTRIES_AT, value: 0 },
    { what: 'a negative number of entries', at: ENTRIES_AT, value: -1 },
    { what: 'more entries than there is room for', at: ENTRIES_AT, value: BLOCK_BYTES / 64 + 1 },
    { what: 'as many entries as a number holds', at: ENTRIES_AT, value: 0x7fffffff },
    { what: 'a negative number of bytes', at: BATCHES_AT, value: -1 },
    { what: 'more batches than bytes', at: BATCHES_AT, value: BLOCK_BYTES },
    { what: 'as many batches as a number holds', at: BATCHES_AT, value: 0x7fffffff },
    { what: 'a size that is no multiple of a block', at: TOTAL_AT, value: BLOCK_BYTES + 1 },
    { what: 'a negative size', at: TOTAL_AT, value: -BLOCK_BYTES },
    { what: 'a block more than it needs', at: TOTAL_AT, value: 2 * BLOCK_BYTES },
    { what: 'no size', at: TOTAL_AT, value: 0 },
  ])('$what', ({ at, value }) => {
    const round = roundOf(appends)
    round.writeInt32BE(value, at)
    expect(readRoundHead(round, RING_ID)).toBeUndefined()
  })

  test('sizes that fit each other, and not the bytes at hand', () => {
    const round = roundOf(appends)
    const batchBytes = 2 ** 30
    const totalBytes = roundBytes(batchBytes, 2)
    round.writeInt32BE(batchBytes, BATCHES_AT)
    round.writeInt32BE(totalBytes, TOTAL_AT)
    const head = headOf(round)
    expect(head.totalBytes).toBe(totalBytes)
    expect(decodeRound(round, head)).toBeUndefined()
  })

  /** A round whose CRC is right and whose entry lies. */
  function lying(change: Partial<RoundEntry>): DecodedRound | undefined {
    const { batches, entry } = appendAt(1000)
    return decoded(roundOf([{ batches, entry: { ...entry, ...change } }]))
  }

  const size = appendAt(1000).batches.length
  test.each<Partial<RoundEntry>>([
    { lengthBytes: 0 },
    { lengthBytes: 0, endOffset: 1000, digest: 0 },
    { lengthBytes: -1 },
    { lengthBytes: -(2 ** 31) },
    { lengthBytes: 2 ** 31 - 1 },
    { lengthBytes: size + 1 },
    { lengthBytes: size - 1 },
    { lengthBytes: 1 },
    { baseOffset: 1001 },
    { baseOffset: -1 },
    { endOffset: 1001 },
    { endOffset: 2 ** 53 - 1 },
    { leaderEpoch: 6 },
    { digest: 0 },
  ])('an entry with %o', (change) => {
    expect(lying({})).toBeDefined()
    expect(lying(change)).toBeUndefined()
  })

  test('entries that have the same batches twice', () => {
    const one = appendAt(1000)
    const round = roundOf([one, appendAt(1000)])
    const single = roundOf([one])
    single.copy(round, ROUND_HEADER_BYTES, ROUND_HEADER_BYTES, ROUND_HEADER_BYTES + size)
    const head = { ...headOf(round), batchBytes: size }
    const from = entriesAt(size)
    for (const at of [0, 1]) writeEntry(round, from + at * ROUND_ENTRY_BYTES, one.entry)
    sealRound(round, head)
    expect(decoded(round)).toBeUndefined()
  })
})

describe('how much of an append goes into a round', () => {
  const sizes = [1, 5, 2].map((count, at) => batchOf(numbered(count, at)))
  const all = Buffer.concat(sizes)
  const [first = Buffer.of(), second = Buffer.of()] = sizes

  test('as many whole batches as fit, and at least one', () => {
    const two = first.length + second.length
    expect(batchesThatFit(all, 0, all.length)).toBe(all.length)
    expect(batchesThatFit(all, 0, all.length - 1)).toBe(two)
    expect(batchesThatFit(all, 0, two)).toBe(two)
    expect(batchesThatFit(all, 0, two - 1)).toBe(first.length)
    expect(batchesThatFit(all, 0, 1)).toBe(first.length)
    expect(batchesThatFit(all, first.length, 1)).toBe(second.length)
  })

  test('bytes that are not whole batches are an error', () => {
    expect(() => batchesThatFit(all.subarray(0, -1), 0, all.length)).toThrow(DecodeError)
  })
})
