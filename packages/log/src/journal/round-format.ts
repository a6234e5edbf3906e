import { crc32 } from 'node:zlib'

import { DecodeError } from '@pafka/base'
import {
  baseOffsetOf,
  batchSizeOf,
  checkBatch,
  crcOf,
  ErrorCode,
  int64At,
  nextOffsetOf,
  partitionLeaderEpochOf,
  setInt64At,
  wholeBatchSize,
} from '@pafka/protocol'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignUp } from '../memory/aligned-memory.ts'

/**
 * A round: all that one write makes durable. Big-endian, a multiple of `DIRECT_BLOCK_BYTES` long.
 *
 *     0  magic, 8 bytes             40  sequence, int64
 *     8  version, int32             48  sequence of the round before, int64
 *     12 CRC-32 of all but the      56  length of the whole round, int32
 *        batches, uint32            60  length of the batches, int32
 *     16 id of the ring, 16 bytes   64  number of entries, int32
 *     32 wall clock, ms, int64      68  zeros up to 128
 *     128  the batches, as they are served and stored
 *     then, at a multiple of 8, the entries
 *
 * The batches stand outside of the round's CRC, since each has its own; an entry keeps a digest of
 * theirs, so that no older batch of the same place can stand in for one that was torn.
 */
export const ROUND_HEADER_BYTES: number = 128
export const ROUND_ENTRY_BYTES: number = 64
const MAGIC = Buffer.from('pafkarnd', 'latin1')
const VERSION = 1

export interface RoundHead {
  readonly ringId: Buffer
  readonly sequence: number
  /** Of the round before: the run of rounds since a checkpoint has no gap. */
  readonly previous: number
  readonly timestampMs: number
  readonly totalBytes: number
  readonly batchBytes: number
  readonly entries: number
}

/** Batches of one append to one log, in one segment. */
export interface RoundEntry {
  /** 16 bytes. */
  readonly topicId: Buffer
  readonly partition: number
  readonly leaderEpoch: number
  readonly baseOffset: number
  /** Exclusive. */
  readonly endOffset: number
  readonly segmentBaseOffset: number
  /** Of the first batch in its segment file. */
  readonly positionBytes: number
  readonly lengthBytes: number
  /** Folded CRCs of the batches; see `digestOf`. */
  readonly digest: number
}

export interface DecodedRound extends RoundHead {
  readonly items: readonly RoundEntry[]
}

/** Bytes of a round with so many bytes of batches and so many entries. */
export function roundBytes(batchBytes: number, entries: number): number {
  return alignUp(entriesAt(batchBytes) + entries * ROUND_ENTRY_BYTES, DIRECT_BLOCK_BYTES)
}

/** Where the entries of a round begin. */
export function entriesAt(batchBytes: number): number {
  return alignUp(ROUND_HEADER_BYTES + batchBytes, 8)
}

export function writeEntry(bytes: Buffer, at: number, entry: RoundEntry): void {
  bytes.set(entry.topicId, at)
  bytes.writeInt32BE(entry.partition, at + 16)
  bytes.writeInt32BE(entry.leaderEpoch, at + 20)
  setInt64At(bytes, at + 24, entry.baseOffset)
  setInt64At(bytes, at + 32, entry.endOffset)
  setInt64At(bytes, at + 40, entry.segmentBaseOffset)
  bytes.writeInt32BE(entry.positionBytes, at + 48)
  bytes.writeInt32BE(entry.lengthBytes, at + 52)
  bytes.writeInt32BE(entry.digest, at + 56)
  bytes.writeInt32BE(0, at + 60)
}

function readEntry(bytes: Buffer, at: number): RoundEntry {
  return {
    topicId: Buffer.from(bytes.subarray(at, at + 16)),
    partition: bytes.readInt32BE(at + 16),
    leaderEpoch: bytes.readInt32BE(at + 20),
    baseOffset: int64At(bytes, at + 24),
    endOffset: int64At(bytes, at + 32),
    segmentBaseOffset: int64At(bytes, at + 40),
    positionBytes: bytes.readInt32BE(at + 48),
    lengthBytes: bytes.readInt32BE(at + 52),
    digest: bytes.readInt32BE(at + 56),
  }
}

/** Writes the header, with the CRC over it and the entries, which are in place. */
export function sealRound(round: Buffer, head: RoundHead): void {
  round.set(MAGIC, 0)
  round.writeInt32BE(VERSION, 8)
  round.writeInt32BE(0, 12)
  round.set(head.ringId, 16)
  setInt64At(round, 32, head.timestampMs)
  setInt64At(round, 40, head.sequence)
  setInt64At(round, 48, head.previous)
  round.writeInt32BE(head.totalBytes, 56)
  round.writeInt32BE(head.batchBytes, 60)
  round.writeInt32BE(head.entries, 64)
  round.fill(0, 68, ROUND_HEADER_BYTES)
  const from = entriesAt(head.batchBytes)
  const end = from + head.entries * ROUND_ENTRY_BYTES
  round.fill(0, ROUND_HEADER_BYTES + head.batchBytes, from)
  round.fill(0, end, head.totalBytes)
  round.writeInt32BE(crcOfRound(round, head), 12)
}

function crcOfRound(round: Buffer, head: Pick<RoundHead, 'batchBytes' | 'entries'>): number {
  const from = entriesAt(head.batchBytes)
  const entries = round.subarray(from, from + head.entries * ROUND_ENTRY_BYTES)
  const ahead = crc32(round.subarray(0, 12))
  return crc32(entries, crc32(round.subarray(16, ROUND_HEADER_BYTES), ahead)) | 0
}

/**
 * What a header says; undefined when it is none of this ring. Only `decodeRound` proves it.
 * @param bytes at least `ROUND_HEADER_BYTES`
 */
export function readRoundHead(bytes: Buffer, ringId: Buffer): RoundHead | undefined {
  if (!bytes.subarray(0, 8).equals(MAGIC) || bytes.readInt32BE(8) !== VERSION) return undefined
  if (!bytes.subarray(16, 32).equals(ringId)) return undefined
  const head: RoundHead = {
    ringId,
    timestampMs: int64At(bytes, 32),
    sequence: int64At(bytes, 40),
    previous: int64At(bytes, 48),
    totalBytes: bytes.readInt32BE(56),
    batchBytes: bytes.readInt32BE(60),
    entries: bytes.readInt32BE(64),
  }
  const { batchBytes, entries, totalBytes } = head
  if (batchBytes < 0 || entries <= 0 || entries * ROUND_ENTRY_BYTES > totalBytes) return undefined
  return roundBytes(batchBytes, entries) === totalBytes ? head : undefined
}

/** The round with its entries, every batch checked; undefined when any of it is damaged. */
export function decodeRound(round: Buffer, head: RoundHead): DecodedRound | undefined {
  if (round.length < head.totalBytes || crcOfRound(round, head) !== round.readInt32BE(12)) {
    return undefined
  }
  const items: RoundEntry[] = []
  const from = entriesAt(head.batchBytes)
  let at = ROUND_HEADER_BYTES
  for (let index = 0; index < head.entries; index++) {
    const entry = readEntry(round, from + index * ROUND_ENTRY_BYTES)
    const end = at + entry.lengthBytes
    if (entry.lengthBytes <= 0 || end > ROUND_HEADER_BYTES + head.batchBytes) return undefined
    if (!areThose(round, at, entry) || digestOf(round, at, end) !== entry.digest) return undefined
    items.push(entry)
    at = end
  }
  return { ...head, items }
}

/** Whether the bytes are the batches of an entry, also by what their CRCs do not cover. */
function areThose(bytes: Buffer, from: number, entry: RoundEntry): boolean {
  const end = from + entry.lengthBytes
  let offset = entry.baseOffset
  let at = from
  while (at < end) {
    if (checkBatch(bytes, at, end) !== ErrorCode.NONE) return false
    if (baseOffsetOf(bytes, at) !== offset) return false
    if (partitionLeaderEpochOf(bytes, at) !== entry.leaderEpoch) return false
    offset = nextOffsetOf(bytes, at)
    at += batchSizeOf(bytes, at)
  }
  return at === end && offset === entry.endOffset
}

/** Folds the CRCs of the batches between two positions, which are whole. */
export function digestOf(bytes: Uint8Array, from: number, end: number): number {
  let digest = 0
  for (let at = from; at < end; at += batchSizeOf(bytes, at)) {
    digest = Math.imul(digest ^ crcOf(bytes, at), 0x9e3779b1)
    digest ^= digest >>> 15
  }
  return digest | 0
}

/** Largest prefix of whole batches from `from` that fits; at least one batch. */
export function batchesThatFit(bytes: Uint8Array, from: number, roomBytes: number): number {
  let at = from
  while (at < bytes.length) {
    const size = wholeBatchSize(bytes, at, bytes.length)
    if (size <= 0) throw new DecodeError('an append holds whole batches')
    if (at > from && at + size - from > roomBytes) break
    at += size
  }
  return at - from
}
