import { BATCH_HEADER_BYTES, batchSizeOf, nextOffsetOf } from '@pafka/protocol'

export interface CutLimits {
  /** The first batch contains it or comes after it. */
  readonly fromOffset: number
  /** Exclusive: no batch reaches beyond it. */
  readonly upTo: number
  readonly maxBytes: number
  /** The first batch counts even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
}

/**
 * `found`: the bytes from start to end are the answer. `more`: it takes the bytes from start to
 * end to tell, or `leastBytes` of them, which go beyond those at hand. `none`: nothing within the
 * limits. `damaged`: what stands there is no batch.
 */
export interface BatchCut {
  readonly kind: 'found' | 'more' | 'none' | 'damaged'
  readonly startBytes: number
  readonly endBytes: number
  /** From the start on, of `more`. */
  readonly leastBytes: number
  /** After the last batch found. */
  readonly nextOffset: number
}

/** Cuts whole batches within the limits out of bytes that begin with a batch. */
export function cutBatches(bytes: Uint8Array, limits: CutLimits): BatchCut {
  const { fromOffset, upTo, maxBytes } = limits
  let at = 0
  let size = 0
  for (; ; at += size) {
    if (at + BATCH_HEADER_BYTES > bytes.length) return more(at, maxBytes, BATCH_HEADER_BYTES)
    size = batchSizeOf(bytes, at)
    if (size < BATCH_HEADER_BYTES) return cut('damaged', at, at)
    if (nextOffsetOf(bytes, at) > fromOffset) break
  }
  if (nextOffsetOf(bytes, at) > upTo) return cut('none', at, at)
  if (size > maxBytes && !limits.minOneBatch) return cut('none', at, at)
  if (at + size > bytes.length) return more(at, maxBytes, size)
  const most = Math.min(bytes.length, at + maxBytes)
  let end = at + size
  let nextOffset = nextOffsetOf(bytes, at)
  while (end + BATCH_HEADER_BYTES <= most) {
    size = batchSizeOf(bytes, end)
    if (size < BATCH_HEADER_BYTES || end + size > most) break
    const next = nextOffsetOf(bytes, end)
    if (next > upTo) break
    nextOffset = next
    end += size
  }
  return { kind: 'found', startBytes: at, endBytes: end, leastBytes: 0, nextOffset }
}

function cut(kind: 'none' | 'damaged', startBytes: number, endBytes: number): BatchCut {
  return { kind, startBytes, endBytes, leastBytes: 0, nextOffset: -1 }
}

function more(startBytes: number, maxBytes: number, leastBytes: number): BatchCut {
  const endBytes = startBytes + Math.max(leastBytes, maxBytes)
  return { kind: 'more', startBytes, endBytes, leastBytes, nextOffset: -1 }
}
