import type { AbortedTransaction } from '@pafka/log'
import { encodeEndTransactionMarker, encodeRecordBatch } from '@pafka/protocol'

import type { Sent, SentTransaction } from './sent-batch.ts'
import { TIME_MS } from './test-batches.ts'

/** What a log says of its transactions. */
export interface StableView {
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
}

/** One record, or the marker. */
export function transactionBatch({ producerId, marker }: SentTransaction): Buffer {
  const timestamp = TIME_MS
  if (marker !== undefined) {
    const end = { commit: marker === 'commit', coordinatorEpoch: 0, producerId, producerEpoch: 0 }
    return Buffer.from(encodeEndTransactionMarker({ ...end, timestamp }))
  }
  const records = [{ timestamp, key: null, value: Buffer.from(`in ${producerId}`) }]
  const producer = { producerId, producerEpoch: 0, baseSequence: 0 }
  return Buffer.from(encodeRecordBatch({ records, ...producer, transactional: true }))
}

/** Producers whose transaction has no marker. */
export function openIn(sent: readonly Sent[]): number[] {
  return [...walk(sent).open.keys()]
}

/** @returns what is wrong, if anything, with what a log says that has these and begins there */
export function stableProblem(
  sent: readonly Sent[],
  startOffset: number,
  { highWatermark, lastStableOffset, aborted }: StableView,
): string | undefined {
  const committed = sent.filter(({ endOffset }) => endOffset <= highWatermark)
  const expected = walk(committed)
  const firsts = [...expected.open.values()]
  const stable = Math.min(highWatermark, ...firsts.map((first) => Math.max(first, startOffset)))
  // of one that began with a record that was deleted nothing need be known
  const known = firsts.filter((first) => first >= startOffset)
  const mayBe = [stable, Math.min(highWatermark, ...known)]
  if (!mayBe.includes(lastStableOffset)) {
    return `${lastStableOffset} as last stable offset, not ${mayBe.join(' or ')},`
  }
  const wanted = expected.aborted.filter(({ firstOffset }) => firstOffset >= startOffset)
  const found = aborted
    .filter(({ firstOffset, lastOffset }) => {
      return firstOffset >= startOffset && lastOffset < highWatermark
    })
    .map(({ producerId, firstOffset, lastOffset }) => ({ producerId, firstOffset, lastOffset }))
  const [said, due] = [JSON.stringify(found), JSON.stringify(wanted)]
  return said === due ? undefined : `${said} as aborted, not ${due},`
}

type Ended = Omit<AbortedTransaction, 'lastStableOffset'>

function walk(sent: readonly Sent[]): { open: Map<number, number>; aborted: Ended[] } {
  const open = new Map<number, number>()
  const aborted: Ended[] = []
  for (const { baseOffset, transaction } of sent) {
    if (transaction === undefined) continue
    const { producerId, marker } = transaction
    const firstOffset = open.get(producerId)
    if (marker === undefined) open.set(producerId, baseOffset)
    else open.delete(producerId)
    if (marker !== 'abort' || firstOffset === undefined) continue
    aborted.push({ producerId, firstOffset, lastOffset: baseOffset })
  }
  return { open, aborted }
}
