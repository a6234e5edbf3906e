import type { Random } from '@pafka/base'
import type { CompressionName } from '@pafka/protocol'

import { type BatchRecipe, bytesOf, SentBatch } from '../ledger/sent-batch.ts'

const CODECS: readonly CompressionName[] = ['none', 'none', 'none', 'none', 'none', 'none', 'gzip']
/** Above this a batch is not compressed: the broker's time is for writing. */
const MAX_COMPRESSED_BYTES = 20_000
const MAX_RECORDS = 40
const NOTHING = { producerId: -1, producerEpoch: -1, baseSequence: -1 }

/** Sizes of batches, in bytes. */
export interface BatchSizes {
  readonly leastBytes: number
  readonly mostBytes: number
}

/** The next position of a producer in a partition. */
export type Sequence = Pick<BatchRecipe, 'producerId' | 'producerEpoch' | 'baseSequence'>

let nextId = 0

/** Makes a batch. Sizes are drawn so that each order of magnitude is as likely as another. */
export function makeBatch(
  random: Random,
  { leastBytes, mostBytes }: BatchSizes,
  sequence: Sequence = NOTHING,
): { readonly batch: SentBatch; readonly bytes: Uint8Array } {
  const sizeBytes = leastBytes * (mostBytes / leastBytes) ** random.next()
  const records = 1 + random.below(Math.min(MAX_RECORDS, sizeBytes / 100))
  const codec = CODECS[random.below(CODECS.length)] ?? 'none'
  const recipe: BatchRecipe = {
    id: nextId++,
    records,
    valueBytes: Math.floor(sizeBytes / records),
    compression: sizeBytes > MAX_COMPRESSED_BYTES ? 'none' : codec,
    timestamp: Date.now(),
    ...sequence,
  }
  const bytes = bytesOf(recipe)
  return { batch: new SentBatch(recipe, bytes), bytes }
}
