import { crc32 } from 'node:zlib'

import { StorageError } from '@pafka/base'
import { int64At, setInt64At } from '@pafka/protocol'

import type { RoundPlace } from './journal.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import type { SegmentEnd } from '../segment/segment-end.ts'

/**
 * What a checkpoint says. Big-endian:
 *
 *     0  magic, 8 bytes        16  id of the ring, 16 bytes
 *     8  version, int32        32  position of the first round it does not cover, int64
 *     12 CRC-32 of all that    40  sequence of the round before that one, int64
 *        follows, uint32       48  number of logs, int32
 *     52 the logs: topic id, 16 bytes; partition, int32; flags, int32; segment base offset,
 *        position in it and end offset of what its files have, int64 each; length of producer
 *        state, int32 (-1 when snapshot files tell it); if the flags say so, the end of the
 *        segment as `EndField` has it; producer state, as in a snapshot file
 */
const MAGIC = Buffer.from('pafkackp', 'latin1')
const VERSION = 3
/** So many there will never be. */
const MOST_VERSIONS = 255
const HEADER_BYTES = 52
const LOG_BYTES = 52
const NO_PRODUCERS = -1

/** The folder's name and the topic's id survive power loss. */
const NAMED = 1
const HAS_END = 2
/** The log was cut at its place. */
const CUT = 4

/** Where the fields of a segment's end lie behind a log's own. */
const EndField = {
  firstTimestampMs: 0,
  maxTimestampMs: 8,
  offsetOfMaxTimestamp: 16,
  timeMs: 24,
  timeRelativeOffset: 32,
  bytesSinceEntry: 36,
  leaderEpoch: 40,
  offsetEntries: 44,
  timeEntries: 48,
  transactionEntries: 52,
} as const
const END_BYTES = 56

export interface CheckpointedLog {
  /** 16 bytes. */
  readonly topicId: Buffer
  readonly partition: number
  readonly place: StoredPlace
  readonly isNamed: boolean
  /** Producer snapshot; undefined when the log's own files tell it. */
  readonly producers: Buffer | undefined
}

export interface JournalCheckpoint {
  readonly ringId: Buffer
  readonly from: RoundPlace
  readonly logs: readonly CheckpointedLog[]
}

/** Whether a ring of so many bytes ends before that place: rounds may have gone with its end. */
export function isRingCut({ positionBytes, previous }: RoundPlace, ringBytes: number): boolean {
  return ringBytes < positionBytes || (ringBytes === 0 && previous > 0)
}

/** One log's part, so that many are put together over several turns. */
export function encodeLog(log: CheckpointedLog): Buffer {
  const { topicId, partition, place, producers } = log
  const { end } = place
  const bytesOfEnd = end === undefined ? 0 : END_BYTES
  const bytes = Buffer.allocUnsafe(LOG_BYTES + bytesOfEnd + (producers?.length ?? 0))
  bytes.set(topicId, 0)
  bytes.writeInt32BE(partition, 16)
  bytes.writeInt32BE(flagsOf(log), 20)
  setInt64At(bytes, 24, place.segmentBaseOffset)
  setInt64At(bytes, 32, place.positionBytes)
  setInt64At(bytes, 40, place.offset)
  bytes.writeInt32BE(producers?.length ?? NO_PRODUCERS, 48)
  if (end !== undefined) encodeEnd(bytes, end)
  if (producers !== undefined) bytes.set(producers, LOG_BYTES + bytesOfEnd)
  return bytes
}

function flagsOf({ place: { end, isCut }, isNamed }: CheckpointedLog): number {
  return (isNamed ? NAMED : 0) | (end === undefined ? 0 : HAS_END) | (isCut === true ? CUT : 0)
}

function encodeEnd(bytes: Buffer, end: SegmentEnd): void {
  const at = LOG_BYTES
  setInt64At(bytes, at + EndField.firstTimestampMs, end.firstTimestampMs)
  setInt64At(bytes, at + EndField.maxTimestampMs, end.maxTimestampMs)
  setInt64At(bytes, at + EndField.offsetOfMaxTimestamp, end.offsetOfMaxTimestamp)
  setInt64At(bytes, at + EndField.timeMs, end.timeMs)
  bytes.writeInt32BE(end.timeRelativeOffset, at + EndField.timeRelativeOffset)
  bytes.writeInt32BE(end.bytesSinceEntry, at + EndField.bytesSinceEntry)
  bytes.writeInt32BE(end.leaderEpoch, at + EndField.leaderEpoch)
  bytes.writeInt32BE(end.offsetEntries, at + EndField.offsetEntries)
  bytes.writeInt32BE(end.timeEntries, at + EndField.timeEntries)
  bytes.writeInt32BE(end.transactionEntries, at + EndField.transactionEntries)
}

export function encodeJournalCheckpoint(
  ringId: Buffer,
  from: RoundPlace,
  logs: readonly Buffer[],
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.set(MAGIC, 0)
  header.writeInt32BE(VERSION, 8)
  header.set(ringId, 16)
  setInt64At(header, 32, from.positionBytes)
  setInt64At(header, 40, from.previous)
  header.writeInt32BE(logs.length, 48)
  const bytes = Buffer.concat([header, ...logs])
  bytes.writeUInt32BE(crc32(bytes.subarray(16)), 12)
  return bytes
}

/** Nothing is lost: the one that wrote it can still bring back what its journal has. */
function otherVersion(path: string, version: number): StorageError {
  const isOlder = version < VERSION
  const age = isOlder ? 'an older' : 'a newer'
  const what = `is of ${age} version, ${version}, and this broker reads`
  const who = isOlder ? 'the older release' : 'that release or a newer one'
  const advice = `start ${who} of Pafka on this data, and leave its files as they are`
  return new StorageError(`the journal's checkpoint ${path} ${what} ${VERSION} alone: ${advice}`)
}

/** @throws StorageError for anything but a whole checkpoint of this version. */
export function decodeJournalCheckpoint(bytes: Buffer, path: string): JournalCheckpoint {
  const damaged = (what: string): StorageError => {
    return new StorageError(`the journal's checkpoint ${path} is damaged: ${what}`)
  }
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) throw damaged('no header')
  const version = bytes.readInt32BE(8)
  if (version < 1 || version > MOST_VERSIONS) throw damaged(`version ${version} is not known`)
  if (version !== VERSION) throw otherVersion(path, version)
  if (crc32(bytes.subarray(16)) !== bytes.readUInt32BE(12)) throw damaged('wrong CRC')
  const logs: CheckpointedLog[] = []
  let at = HEADER_BYTES
  for (let left = bytes.readInt32BE(48); left > 0; left--) {
    const flags = bytes.readInt32BE(at + 20)
    const hasEnd = (flags & HAS_END) !== 0
    const from = at + LOG_BYTES + (hasEnd ? END_BYTES : 0)
    const length = bytes.readInt32BE(at + 48)
    logs.push({
      topicId: bytes.subarray(at, at + 16),
      partition: bytes.readInt32BE(at + 16),
      isNamed: (flags & NAMED) !== 0,
      place: {
        segmentBaseOffset: int64At(bytes, at + 24),
        positionBytes: int64At(bytes, at + 32),
        offset: int64At(bytes, at + 40),
        end: hasEnd ? decodeEnd(bytes, at + LOG_BYTES) : undefined,
        isCut: (flags & CUT) !== 0,
      },
      producers: length < 0 ? undefined : bytes.subarray(from, from + length),
    })
    at = from + Math.max(0, length)
  }
  const from = { positionBytes: int64At(bytes, 32), previous: int64At(bytes, 40) }
  return { ringId: Buffer.from(bytes.subarray(16, 32)), from, logs }
}

function decodeEnd(bytes: Buffer, at: number): SegmentEnd {
  return {
    firstTimestampMs: int64At(bytes, at + EndField.firstTimestampMs),
    maxTimestampMs: int64At(bytes, at + EndField.maxTimestampMs),
    offsetOfMaxTimestamp: int64At(bytes, at + EndField.offsetOfMaxTimestamp),
    timeMs: int64At(bytes, at + EndField.timeMs),
    timeRelativeOffset: bytes.readInt32BE(at + EndField.timeRelativeOffset),
    bytesSinceEntry: bytes.readInt32BE(at + EndField.bytesSinceEntry),
    leaderEpoch: bytes.readInt32BE(at + EndField.leaderEpoch),
    offsetEntries: bytes.readInt32BE(at + EndField.offsetEntries),
    timeEntries: bytes.readInt32BE(at + EndField.timeEntries),
    transactionEntries: bytes.readInt32BE(at + EndField.transactionEntries),
  }
}

/** How far its files were when it was opened. */
export function checkpointedLog({ journalId, partition, parts }: PartitionLog): CheckpointedLog {
  const { openedPlace: place, isNamed } = parts
  return { topicId: journalId, partition, place, isNamed, producers: undefined }
}

/** Tells logs apart. */
export function keyOf(topicId: Buffer, partition: number): string {
  return `${topicId.toString('latin1')} ${partition}`
}

export function keysOf(logs: readonly CheckpointedLog[]): Set<string> {
  return new Set(logs.map(({ topicId, partition }) => keyOf(topicId, partition)))
}
