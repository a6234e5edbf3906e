import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import type { AdminParts } from './admin-call.ts'
import { askOffsets, type PartitionOffset } from './offset-marks.ts'
import { type OffsetReset, resetOf, type ResetTarget, timeMarkOf } from './offset-reset.ts'
import type { Outcome } from './outcome.ts'

/** Which offsets are to change, what they are, and where they are to go. */
export interface ResetQuestion {
  readonly places: readonly TopicPartition[]
  readonly committed: readonly (TopicPartition & { readonly offset: number })[]
  readonly to: ResetTarget
}

/** Looks up what must be known for it. */
export async function planReset(
  parts: AdminParts,
  { places, committed, to }: ResetQuestion,
  { signal }: CallOptions,
): Promise<Outcome<OffsetReset>> {
  const options = signal === undefined ? {} : { signal }
  const mark = timeMarkOf(to, parts.options.clock.nowMs())
  const [earliest, latest, atTime] = await Promise.all([
    askOffsets(parts, places, 'earliest', options),
    askOffsets(parts, places, 'latest', options),
    askOffsets(parts, mark === undefined ? [] : places, mark ?? 'latest', options),
  ])
  const failures = new Map(
    [...atTime.failed, ...latest.failed, ...earliest.failed].map((error) => [keyOf(error), error]),
  )
  const starts = offsetsByKey(earliest.done)
  const ends = offsetsByKey(latest.done)
  const times = offsetsByKey(atTime.done)
  const before = offsetsByKey(committed)
  const done: OffsetReset[] = []
  const failed = [...failures.values()]
  for (const place of places) {
    const key = partitionKey(place)
    if (failures.has(key)) continue
    const situation = {
      ...{ ...place, committed: before.get(key), atTime: times.get(key) },
      ...{ earliest: starts.get(key) ?? 0, latest: ends.get(key) ?? 0 },
    }
    const reset = resetOf(situation, to)
    if (reset instanceof KafkaError) failed.push(reset)
    else done.push(reset)
  }
  return { done, failed }
}

function offsetsByKey(
  all: readonly Pick<PartitionOffset, 'topic' | 'partition' | 'offset'>[],
): ReadonlyMap<string, number | undefined> {
  return new Map(all.map((one) => [partitionKey(one), one.offset]))
}

function keyOf({ context: { topic = '', partition = -1 } }: KafkaError): string {
  return partitionKey({ topic, partition })
}
