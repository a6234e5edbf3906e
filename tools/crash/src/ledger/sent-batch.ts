import { assert, MIB, seededRandom } from '@pafka/base'
import { type CompressionName, crcOf, encodeRecordBatch, recordsCountOf } from '@pafka/protocol'

const NO_PRODUCER = -1
/** Values are views of this: random bytes, so that no place in them looks like another. */
const POOL = seededRandom(1).bytes(MIB)
/** Base offset and partition leader epoch are the broker's to set; all else is the producer's. */
const AFTER_BASE_OFFSET = 8
const LEADER_EPOCH_AT = 12
const AFTER_LEADER_EPOCH = 16

/** All that a batch's bytes follow from. */
export interface BatchRecipe {
  /** Unique among all batches of a run; part of every key. */
  readonly id: number
  readonly records: number
  /** Of each record's value. */
  readonly valueBytes: number
  readonly compression: CompressionName
  readonly timestamp: number
  /** -1 for a batch without sequence, as the two below. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

export type BatchState = 'open' | 'acknowledged'

/** A batch that was sent, and what is known of it. Its bytes are made again when needed. */
export class SentBatch {
  readonly recipe: BatchRecipe
  readonly crc: number
  readonly sizeBytes: number
  state: BatchState = 'open'
  /** Where the ack said it is, or where it was read; -1 until one of them. */
  offset = -1
  /** True once it was read. */
  isSeen = false

  constructor(recipe: BatchRecipe, bytes: Uint8Array) {
    assert(recordsCountOf(bytes, 0) === recipe.records, 'a batch is made by its recipe')
    this.recipe = recipe
    this.crc = crcOf(bytes, 0)
    this.sizeBytes = bytes.length
  }

  get isIdempotent(): boolean {
    return this.recipe.producerId !== NO_PRODUCER
  }

  /** Exclusive. Known when its offset is. */
  get endOffset(): number {
    return this.offset + this.recipe.records
  }

  bytes(): Uint8Array {
    return bytesOf(this.recipe)
  }

  /** Where `found`, as the broker has it, differs from what was sent; -1: nowhere. */
  differenceAt(found: Uint8Array): number {
    const sent = this.bytes()
    const isSame =
      sent.length === found.length &&
      isSameRange(sent, found, [AFTER_BASE_OFFSET, LEADER_EPOCH_AT]) &&
      isSameRange(sent, found, [AFTER_LEADER_EPOCH, sent.length])
    if (isSame) return -1
    let at = AFTER_BASE_OFFSET
    while (isBrokers(at) || (at < sent.length && sent[at] === found[at])) at++
    return at
  }

  get title(): string {
    const { id, records, producerId, baseSequence } = this.recipe
    const sequence = this.isIdempotent ? `, producer ${producerId} sequence ${baseSequence}` : ''
    const where = this.offset < 0 ? '' : ` at ${this.offset}`
    return `batch ${id} (${records} records, ${this.sizeBytes} B${sequence}, ${this.state}${where})`
  }
}

export function bytesOf(recipe: BatchRecipe): Uint8Array {
  const { id, records, valueBytes } = recipe
  const { timestamp } = recipe
  return encodeRecordBatch({
    records: Array.from({ length: records }, (_, at) => {
      const from = (id * 7919 + at * 104_729) % (POOL.length - valueBytes)
      const value = POOL.subarray(from, from + valueBytes)
      return { timestamp, key: Buffer.from(`${id}/${at}`), value }
    }),
    compression: recipe.compression,
    producerId: recipe.producerId,
    producerEpoch: recipe.producerEpoch,
    baseSequence: recipe.baseSequence,
  })
}

function isBrokers(at: number): boolean {
  return at >= LEADER_EPOCH_AT && at < AFTER_LEADER_EPOCH
}

function isSameRange(
  sent: Uint8Array,
  found: Uint8Array,
  [from, to]: readonly [number, number],
): boolean {
  return Buffer.compare(sent.subarray(from, to), found.subarray(from, to)) === 0
}
