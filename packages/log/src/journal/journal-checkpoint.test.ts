import { expect, test } from 'vitest'

import {
  type CheckpointedLog,
  decodeJournalCheckpoint,
  encodeJournalCheckpoint,
  encodeLog,
} from './journal-checkpoint.ts'

const RING_ID = Buffer.alloc(16, 7)
const FROM = { positionBytes: 2 ** 40, previous: 2 ** 41 + 3 }
const END = {
  firstTimestampMs: 1_700_000_000_001,
  maxTimestampMs: 1_700_000_000_009,
  offsetOfMaxTimestamp: 2 ** 42,
  bytesSinceEntry: 4095,
  leaderEpoch: 17,
  offsetEntries: 3,
  timeEntries: 2,
  timeMs: 1_700_000_000_005,
  timeRelativeOffset: 40,
  transactionEntries: 7,
}
const PLACE = { segmentBaseOffset: 2 ** 42 - 50, positionBytes: 12_345, offset: 2 ** 42 + 1 }
const LOGS: readonly CheckpointedLog[] = [
  {
    topicId: Buffer.alloc(16, 1),
    partition: 0,
    place: { ...PLACE, end: END, isCut: false },
    isNamed: true,
    producers: Buffer.from('state of some producers'),
  },
  {
    topicId: Buffer.alloc(16, 2),
    partition: 99_999,
    place: { ...PLACE, end: undefined, isCut: true },
    isNamed: false,
    producers: undefined,
  },
  {
    topicId: Buffer.alloc(16, 3),
    partition: 5,
    place: {
      ...PLACE,
      end: { ...END, leaderEpoch: -1, timeRelativeOffset: -1, timeMs: -1 },
      isCut: false,
    },
    isNamed: false,
    producers: Buffer.alloc(0),
  },
]
const BYTES = encodeJournalCheckpoint(RING_ID, FROM, LOGS.map(encodeLog))

test('what was written is read', () => {
  const found = decodeJournalCheckpoint(BYTES, 'checkpoint')
  expect(found).toEqual({ ringId: RING_ID, from: FROM, logs: LOGS })
})

test('no flipped bit goes unnoticed', () => {
  for (let bit = 0; bit < 8 * BYTES.length; bit++) {
    const damaged = Buffer.from(BYTES)
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
    const refused = /is damaged|is of an? (older|newer) version/
    expect(() => decodeJournalCheckpoint(damaged, 'checkpoint')).toThrow(refused)
  }
})

test('no cut goes unnoticed, and neither does what follows the end', () => {
  for (let length = 0; length < BYTES.length; length++) {
    const cut = BYTES.subarray(0, length)
    expect(() => decodeJournalCheckpoint(cut, 'checkpoint')).toThrow('is damaged')
  }
  const longer = Buffer.concat([BYTES, Buffer.from('x')])
  expect(() => decodeJournalCheckpoint(longer, 'checkpoint')).toThrow('wrong CRC')
})

test('the error names the file and the reason', () => {
  const other = Buffer.from(BYTES)
  other.writeInt32BE(1, 12)
  expect(() => decodeJournalCheckpoint(other, '/data/journal/checkpoint')).toThrow(
    "the journal's checkpoint /data/journal/checkpoint is damaged: wrong CRC",
  )
})

test('that of another release is not called damaged, and what to do is said', () => {
  const older = 'is of an older version, 2, and this broker reads 3 alone: start the older release'
  const newer = 'is of a newer version, 4, and this broker reads 3 alone: start that release or a'
  for (const [version, message] of [[2, older] as const, [4, newer] as const]) {
    const other = Buffer.from(BYTES)
    other.writeInt32BE(version, 8)
    expect(() => decodeJournalCheckpoint(other, '/data/checkpoint')).toThrow(message)
    expect(() => decodeJournalCheckpoint(other, '/data/checkpoint')).not.toThrow('damaged')
  }
})
