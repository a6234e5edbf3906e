import { crc32 } from 'node:zlib'

import { StorageError } from '@pafka/base'
import { int64At, setInt64At } from '@pafka/protocol'

import type { RoundPlace } from './journal.ts'
import type { StoredPlace } from '../partition/stored-place.ts'

/**
 * What a checkpoint says. Big-endian:
 *
 *     0  magic, 8 bytes        16  id of the ring, 16 bytes
 *     8  version, int32        32  position of the first round it does not cover, int64
 *     12 CRC-32 of all that    40  sequence of the round before that one, int64
 *        follows, uint32       48  number of logs, int32
 *     52 the logs: topic id, 16 bytes; partition, int32; segment base offset, position in it and
 *        end offset of what its files have, int64 each; length of producer state, int32 (-1 when
 *        snapshot files tell it); producer state, as in a snapshot file
 */
const MAGIC = Buffer.from('pafkackp', 'latin1')
const VERSION = 1
const HEADER_BYTES = 52
const LOG_BYTES = 48
const NO_PRODUCERS = -1

export interface CheckpointedLog {
  /** 16 bytes. */
  readonly topicId: Buffer
  readonly partition: number
  readonly place: StoredPlace
  /** Producer snapshot; undefined when the log's own files tell it. */
  readonly producers: Buffer | undefined
}

export interface JournalCheckpoint {
  readonly ringId: Buffer
  readonly from: RoundPlace
  readonly logs: readonly CheckpointedLog[]
}

/** One log's part, so that many are put together over several turns. */
export function encodeLog({ topicId, partition, place, producers }: CheckpointedLog): Buffer {
  const bytes = Buffer.allocUnsafe(LOG_BYTES + (producers?.length ?? 0))
  bytes.set(topicId, 0)
  bytes.writeInt32BE(partition, 16)
  setInt64At(bytes, 20, place.segmentBaseOffset)
  setInt64At(bytes, 28, place.positionBytes)
  setInt64At(bytes, 36, place.offset)
  bytes.writeInt32BE(producers?.length ?? NO_PRODUCERS, 44)
  if (producers !== undefined) bytes.set(producers, LOG_BYTES)
  return bytes
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

/** @throws StorageError for anything but a whole checkpoint of this version. */
export function decodeJournalCheckpoint(bytes: Buffer, path: string): JournalCheckpoint {
  const damaged = (what: string): StorageError => {
    return new StorageError(`the journal's checkpoint ${path} is damaged: ${what}`)
  }
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) throw damaged('no header')
  const version = bytes.readInt32BE(8)
  if (version !== VERSION) throw damaged(`version ${version} is not known`)
  if (crc32(bytes.subarray(16)) !== bytes.readUInt32BE(12)) throw damaged('wrong CRC')
  const logs: CheckpointedLog[] = []
  let at = HEADER_BYTES
  for (let left = bytes.readInt32BE(48); left > 0; left--) {
    const length = bytes.readInt32BE(at + 44)
    const end = at + LOG_BYTES + Math.max(0, length)
    logs.push({
      topicId: bytes.subarray(at, at + 16),
      partition: bytes.readInt32BE(at + 16),
      place: {
        segmentBaseOffset: int64At(bytes, at + 20),
        positionBytes: int64At(bytes, at + 28),
        offset: int64At(bytes, at + 36),
      },
      producers: length < 0 ? undefined : bytes.subarray(at + LOG_BYTES, end),
    })
    at = end
  }
  const from = { positionBytes: int64At(bytes, 32), previous: int64At(bytes, 40) }
  return { ringId: Buffer.from(bytes.subarray(16, 32)), from, logs }
}
