import { MIB } from '@pafka/base'
import { decodeRound, readRoundHead, ROUND_HEADER_BYTES, type RoundHead } from '@pafka/log'

import type { DumpFile } from './dump-file.ts'

/** Rounds begin at multiples of it. */
const BLOCK_BYTES = 4096
const CHUNK_BYTES = 4 * MIB
/** Rounds are of about 1 MiB: a larger claim is not read. */
const LARGEST_ROUND_BYTES = 256 * MIB

interface WalkedRound {
  readonly head: RoundHead
  readonly positionBytes: number
  /** Whether none of it was written over. */
  readonly isWhole: boolean
}

/**
 * Every block that looks like the beginning of a round, of whatever ring, but for those that are
 * known. What lies inside of a whole round is not looked at.
 * @param known bytes of rounds, by position
 */
export async function* walkRing(
  file: DumpFile,
  known: ReadonlyMap<number, number>,
): AsyncGenerator<WalkedRound, void, undefined> {
  let chunk: Buffer = Buffer.alloc(0)
  let chunkAt = 0
  let position = 0
  while (position + ROUND_HEADER_BYTES <= file.sizeBytes) {
    const skip = known.get(position)
    if (skip !== undefined) {
      position += skip
      continue
    }
    if (position + ROUND_HEADER_BYTES > chunkAt + chunk.length) {
      chunk = await file.bytes(position, CHUNK_BYTES)
      chunkAt = position
      if (chunk.length < ROUND_HEADER_BYTES) return
    }
    const at = position - chunkAt
    const header = chunk.subarray(at, at + ROUND_HEADER_BYTES)
    const head = readRoundHead(header, Buffer.from(header.subarray(16, 32)))
    let isWhole = false
    if (head !== undefined) {
      isWhole = await isWholeRound(file, position, head)
      yield { head, positionBytes: position, isWhole }
    }
    position += head !== undefined && isWhole ? head.totalBytes : BLOCK_BYTES
  }
}

async function isWholeRound(file: DumpFile, at: number, head: RoundHead): Promise<boolean> {
  if (head.totalBytes > Math.min(LARGEST_ROUND_BYTES, file.sizeBytes - at)) return false
  return decodeRound(await file.bytes(at, head.totalBytes), head) !== undefined
}
