import type { Consumer, ConsumerBatch } from '@pafka/client'

import type { Consumed } from '../measure/consumed.ts'

type Bytes = Uint8Array

/** When there is enough. */
export interface ConsumeLoad {
  /** Of all consumers together. */
  readonly records: number
  /** Without a record for so long one ends. */
  readonly timeoutMs: number
  /** What was read is committed. */
  readonly commits: boolean
}

const LOOK_MS = 1

/** Reads until `consumed` has enough, nothing comes any more, or `signal` is aborted. */
export async function consumeLoad(
  consumer: Consumer<Bytes, Bytes>,
  { records, timeoutMs, commits }: ConsumeLoad,
  consumed: Consumed,
  signal: AbortSignal,
): Promise<void> {
  const look = (): void => {
    if (consumer.assignment.length > 0) consumed.joined()
  }
  const looking = setInterval(look, LOOK_MS)
  try {
    while (consumed.records < records && !signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      const batch = consumer.takeBatch() ?? (await nextWithin(consumer, timeoutMs, signal))
      // another consumer may have had the last of them meanwhile
      const left = records - consumed.records
      if (batch === undefined || left <= 0) break
      look()
      const [own, others] = batch.splitAt(left)
      consumed.add(own.records.length, sizeOf(own))
      if (commits) own.ack()
      if (others === undefined) batch.release()
    }
  } finally {
    clearInterval(looking)
  }
}

function nextWithin(
  consumer: Consumer<Bytes, Bytes>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ConsumerBatch<Bytes, Bytes> | undefined> {
  return consumer.nextBatch(AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]))
}

function sizeOf(batch: ConsumerBatch<Bytes, Bytes>): number {
  let bytes = 0
  for (const { serializedKeySize, serializedValueSize } of batch) {
    bytes += Math.max(0, serializedKeySize) + Math.max(0, serializedValueSize)
  }
  return bytes
}
