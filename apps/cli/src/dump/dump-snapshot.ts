import { decodeProducerSnapshot } from '@pafka/log'

import type { DumpFile } from './dump-file.ts'
import { type DumpItem, type DumpItems, type FieldMap, problem } from './dump-item.ts'

export async function* dumpSnapshot(file: DumpFile): DumpItems {
  const items = producerItems(await file.all(), {})
  if (items === undefined) yield problem(0, 'version, CRC or length is not that of a snapshot')
  else yield* items
}

/**
 * What a snapshot says, an item for each batch that a producer is remembered by.
 * @param of whose producers they are
 * @returns undefined when it is damaged
 */
export function producerItems(snapshot: Buffer, of: FieldMap): DumpItem[] | undefined {
  return decodeProducerSnapshot(snapshot)?.flatMap((producer) => {
    const { producerId, epoch, coordinatorEpoch, transactionFirstOffset } = producer
    const batches = producer.batchesBefore(Number.POSITIVE_INFINITY)
    const rows = batches.length === 0 ? [undefined] : batches
    return rows.map((batch) => ({
      type: 'producer',
      fields: {
        ...of,
        producerId,
        producerEpoch: epoch,
        coordinatorEpoch,
        currentTxnFirstOffset: transactionFirstOffset < 0 ? null : transactionFirstOffset,
        lastTimestamp: producer.lastTimestampMs,
        firstSequence: batch ? sequenceBefore(batch.lastSequence, batch.offsetDelta) : null,
        lastSequence: batch?.lastSequence ?? null,
        lastOffset: batch?.lastOffset ?? null,
        offsetDelta: batch?.offsetDelta ?? null,
        timestamp: batch?.timestampMs ?? null,
      },
    }))
  })
}

/** Sequences go from the largest int32 to 0. */
function sequenceBefore(sequence: number, decrement: number): number {
  return sequence >= decrement ? sequence - decrement : sequence - decrement + 2 ** 31
}
