import { basename } from 'node:path'

import { KIB } from '@pafka/base'
import { parseSegmentName } from '@pafka/log'
import { int64At } from '@pafka/protocol'

import type { DumpFile } from './dump-file.ts'
import { type DumpItem, type DumpItems, type DumpOptions, note, problem } from './dump-item.ts'
import { OffsetIndexCheck, TimeIndexCheck } from './index-check.ts'
import { movedToOf } from './moved-to.ts'

const CHUNK_ENTRIES = 16 * KIB
const OFFSET_ENTRY_BYTES = 8 // int32 relative offset, int32 position
const TIME_ENTRY_BYTES = 12 // int64 timestamp, int32 relative offset
/** int16 version, then int64 each: producer id, first offset, last offset, last stable offset. */
const TRANSACTION_ENTRY_BYTES = 34

interface IndexEntry {
  /** Of the entry alone, valid until the next one is asked for. */
  readonly bytes: Buffer
  /** In the index file. */
  readonly positionBytes: number
}

/** Source: Kafka `OffsetIndex.java`. */
export async function* dumpOffsetIndex(file: DumpFile, options: DumpOptions): DumpItems {
  const baseOffset = baseOffsetOf(file)
  const movedTo = options.verify ? await movedToOf(file.path) : undefined
  if (movedTo !== undefined) yield notCompared(movedTo)
  const isCompared = options.verify && movedTo === undefined
  await using check = isCompared ? await OffsetIndexCheck.open(file.path) : undefined
  let last = { offset: -1, position: -1 }
  for await (const { bytes, positionBytes } of entriesOf(file, OFFSET_ENTRY_BYTES)) {
    const offset = baseOffset + bytes.readInt32BE(0)
    const position = bytes.readInt32BE(4)
    yield { type: 'offsetIndexEntry', fields: { offset, position } }
    if (offset <= last.offset || position <= last.position) {
      yield problem(positionBytes, 'entries do not rise')
    }
    last = { offset, position }
    const wrong = await check?.problemOf(offset, position)
    if (wrong !== undefined) yield problem(positionBytes, wrong)
  }
  yield* tailItems(file, OFFSET_ENTRY_BYTES)
}

/** Source: Kafka `TimeIndex.java`. */
export async function* dumpTimeIndex(file: DumpFile, options: DumpOptions): DumpItems {
  const baseOffset = baseOffsetOf(file)
  const movedTo = options.verify ? await movedToOf(file.path) : undefined
  if (movedTo !== undefined) yield notCompared(movedTo)
  const isCompared = options.verify && movedTo === undefined
  await using check = isCompared ? await TimeIndexCheck.open(file.path) : undefined
  let last = { timestamp: Number.NEGATIVE_INFINITY, offset: -1 }
  for await (const { bytes, positionBytes } of entriesOf(file, TIME_ENTRY_BYTES)) {
    const timestamp = int64At(bytes, 0)
    const offset = baseOffset + bytes.readInt32BE(8)
    yield { type: 'timeIndexEntry', fields: { timestamp, offset } }
    if (timestamp <= last.timestamp || offset < last.offset) {
      yield problem(positionBytes, 'entries do not rise')
    }
    last = { timestamp, offset }
    const wrong = await check?.problemOf(timestamp, offset)
    if (wrong !== undefined) yield problem(positionBytes, wrong)
  }
  yield* tailItems(file, TIME_ENTRY_BYTES)
}

/** Aborted transactions. Source: Kafka `AbortedTxn.java`. */
export async function* dumpTransactionIndex(file: DumpFile): DumpItems {
  for await (const { bytes, positionBytes } of entriesOf(file, TRANSACTION_ENTRY_BYTES)) {
    const version = bytes.readInt16BE(0)
    const fields = {
      version,
      producerId: int64At(bytes, 2),
      firstOffset: int64At(bytes, 10),
      lastOffset: int64At(bytes, 18),
      lastStableOffset: int64At(bytes, 26),
    }
    yield { type: 'abortedTransaction', fields }
    if (version !== 0) yield problem(positionBytes, `version ${version} is not known`)
  }
  yield* tailItems(file, TRANSACTION_ENTRY_BYTES)
}

/** Whole entries, up to what Kafka sets aside: zeros behind the first entry. */
async function* entriesOf(
  file: DumpFile,
  entryBytes: number,
): AsyncGenerator<IndexEntry, void, undefined> {
  const endBytes = await entriesEnd(file, entryBytes)
  for (let from = 0; from < endBytes; from += CHUNK_ENTRIES * entryBytes) {
    const chunk = await file.bytes(from, Math.min(CHUNK_ENTRIES * entryBytes, endBytes - from))
    for (let at = 0; at + entryBytes <= chunk.length; at += entryBytes) {
      yield { bytes: chunk.subarray(at, at + entryBytes), positionBytes: from + at }
    }
  }
}

/** Where the entries end: whole ones, and no zeros but for the first, which may be. */
async function entriesEnd(file: DumpFile, entryBytes: number): Promise<number> {
  let [low, high] = [1, Math.floor(file.sizeBytes / entryBytes)]
  if (high === 0) return 0
  // no entry behind the first is zero, so that the zeros are a suffix
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = await file.bytes(middle * entryBytes, entryBytes)
    if (entry.every((byte) => byte === 0) && (await file.isZeroFrom(middle * entryBytes))) {
      high = middle
    } else low = middle + 1
  }
  return low * entryBytes
}

async function* tailItems(file: DumpFile, entryBytes: number): DumpItems {
  const position = await entriesEnd(file, entryBytes)
  const bytes = file.sizeBytes - position
  if (bytes === 0) return
  if (position > 0 && (await file.isZeroFrom(position))) {
    yield { type: 'padding', fields: { position, bytes } }
  } else yield problem(position, `${bytes} bytes are no whole entry of ${entryBytes}`)
}

/** Its segment lies in another log dir: only that says where it is. */
function notCompared(directoryId: string): DumpItem {
  return note(null, `not compared: its segment lies in the log dir ${directoryId}`)
}

function baseOffsetOf(file: DumpFile): number {
  return parseSegmentName(basename(file.path))?.baseOffset ?? 0
}
