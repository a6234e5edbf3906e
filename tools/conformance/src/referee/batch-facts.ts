import { codecs, type Codec } from '../clients.ts'

/** Positions in a record batch of format 2. Source: Kafka's documentation, "Record Batch". */
const LENGTH_AT = 8
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const PRODUCER_ID_AT = 43
const BASE_SEQUENCE_AT = 53
const COUNT_AT = 57
const LOG_OVERHEAD_BYTES = 12

/** What the log holds about one batch. */
export interface BatchFacts {
  readonly baseOffset: number
  readonly nextOffset: number
  readonly magic: number
  readonly codec: Codec | undefined
  /** A marker of how a transaction ended, say. */
  readonly isControl: boolean
  readonly producerId: number
  readonly baseSequence: number
  readonly count: number
}

/** Reads the whole batches of a fetched byte range; a last one that is cut is left out. */
export function readBatchFacts(bytes: Buffer): BatchFacts[] {
  const facts: BatchFacts[] = []
  let at = 0
  while (at + LOG_OVERHEAD_BYTES <= bytes.length) {
    const end = at + LOG_OVERHEAD_BYTES + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length) break
    const baseOffset = Number(bytes.readBigInt64BE(at))
    facts.push({
      baseOffset,
      nextOffset: baseOffset + bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT) + 1,
      magic: bytes.readInt8(at + MAGIC_AT),
      codec: codecs[bytes.readInt16BE(at + ATTRIBUTES_AT) & 7],
      isControl: (bytes.readInt16BE(at + ATTRIBUTES_AT) & 0x20) !== 0,
      producerId: Number(bytes.readBigInt64BE(at + PRODUCER_ID_AT)),
      baseSequence: bytes.readInt32BE(at + BASE_SEQUENCE_AT),
      count: bytes.readInt32BE(at + COUNT_AT),
    })
    at = end
  }
  return facts
}
