import { SECOND_MS } from '@pafka/base'
import { Kafka, type KafkaOptions } from '@pafka/client'

import { consumeLoad } from '../load/consume-load.ts'
import { OwnGroup } from '../load/own-group.ts'
import { Consumed } from '../measure/consumed.ts'

/** What a consumer read. */
export interface ReadBack {
  readonly records: number
  readonly bytes: number
  /** With partitions. */
  readonly elapsedMs: number
  /** Why that is no figure; undefined when it is one. */
  readonly problem: string | undefined
}

const QUIET_MS = 5 * SECOND_MS

/** Reads topics from their beginning, in a new group: so many records, or for so long. */
export async function readBack(
  options: KafkaOptions,
  topic: string,
  { records, limitMs }: { readonly records: number; readonly limitMs: number },
  signal: AbortSignal,
): Promise<ReadBack> {
  await using kafka = new Kafka(options)
  await using group = new OwnGroup(kafka, topic)
  await using consumer = kafka.consumer(group.id, topic, { ack: 'manual' })
  const consumed = new Consumed()
  const began = consumed.soFar()
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
  await consumeLoad(consumer, { records, timeoutMs: QUIET_MS, commits: false }, consumed, stop)
  const { atMs, joiningMs, records: read, bytes } = consumed.soFar()
  const isQuiet = read < records && !stop.aborted
  const after = `${isQuiet ? QUIET_MS / SECOND_MS : limitMs / SECOND_MS} s`
  const came = `FAILED: ${read} of ${records} records came, and then none for ${after}`
  const problem = isQuiet || read === 0 ? came : undefined
  return { records: read, bytes, elapsedMs: Math.max(0, atMs - began.atMs - joiningMs), problem }
}
