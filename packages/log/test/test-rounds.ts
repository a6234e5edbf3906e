import { setBaseOffset, setPartitionLeaderEpoch } from '@pafka/protocol'

import {
  digestOf,
  entriesAt,
  ROUND_ENTRY_BYTES,
  ROUND_HEADER_BYTES,
  roundBytes,
  type RoundEntry,
  type RoundHead,
  sealRound,
  writeEntry,
} from '../src/journal/round-format.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'

export const RING_ID: Buffer = Buffer.from('0123456789abcdef', 'latin1')

/** One append: batches as they are stored, and what a round says of them. */
export interface TestAppend {
  readonly batches: Buffer
  readonly entry: RoundEntry
}

export interface AppendOptions {
  readonly partition?: number
  readonly leaderEpoch?: number
  /** Records of each batch. */
  readonly counts?: readonly number[]
  readonly positionBytes?: number
  /** Of a value that is added to the last batch. */
  readonly valueBytes?: number
}

export function appendAt(baseOffset: number, options: AppendOptions = {}): TestAppend {
  const { partition = 3, leaderEpoch = 5, counts = [2], positionBytes = 700 } = options
  let endOffset = baseOffset
  const pieces = counts.map((count, at) => {
    const records = numbered(count, endOffset)
    const isLast = at === counts.length - 1
    if (options.valueBytes !== undefined && isLast) {
      records.push({ timestamp: TIME_MS, key: null, value: Buffer.alloc(options.valueBytes) })
    }
    const batch = batchOf(records)
    setBaseOffset(batch, 0, endOffset)
    setPartitionLeaderEpoch(batch, 0, leaderEpoch)
    endOffset += records.length
    return batch
  })
  const batches = Buffer.concat(pieces)
  const entry = {
    topicId: Buffer.from('fedcba9876543210', 'latin1'),
    partition,
    leaderEpoch,
    baseOffset,
    endOffset,
    segmentBaseOffset: Math.max(0, baseOffset - 100),
    positionBytes,
    lengthBytes: batches.length,
    digest: digestOf(batches, 0, batches.length),
  }
  return { batches, entry }
}

/** The bytes of a round, by the functions that write one. */
export function roundOf(
  appends: readonly TestAppend[],
  place: Partial<Pick<RoundHead, 'ringId' | 'sequence' | 'previous'>> = {},
): Buffer {
  const batches = Buffer.concat(appends.map((append) => append.batches))
  const totalBytes = roundBytes(batches.length, appends.length)
  const round = Buffer.alloc(totalBytes, 0xaa) // what lay there before
  batches.copy(round, ROUND_HEADER_BYTES)
  for (const [at, { entry }] of appends.entries()) {
    writeEntry(round, entriesAt(batches.length) + at * ROUND_ENTRY_BYTES, entry)
  }
  sealRound(round, {
    ringId: place.ringId ?? RING_ID,
    sequence: place.sequence ?? 8,
    previous: place.previous ?? 7,
    timestampMs: TIME_MS,
    totalBytes,
    batchBytes: batches.length,
    entries: appends.length,
  })
  return round
}
