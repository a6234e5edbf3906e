import type { TopicPartition } from '../cluster/topic-partition.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { Checks } from '../options/checks.ts'
import type { OffsetMark } from './offset-marks.ts'

/**
 * Where a group is to go on: with the first record, with what comes next, with the first record of
 * a time or after it, so long before now, at an offset, so many records further or (below 0) back.
 * `current`: where it is; at the end where it is nowhere.
 */
export type ResetTarget =
  | 'earliest'
  | 'latest'
  | 'current'
  | { readonly timestamp: number }
  | { readonly agoMs: number }
  | { readonly offset: number }
  | { readonly shift: number }

/** A partition whose offset is to change, or has changed. */
export interface OffsetReset extends TopicPartition {
  /** Undefined where nothing was committed. */
  readonly from: number | undefined
  readonly to: number
}

/** What is known of a partition. */
export interface ResetSituation extends TopicPartition {
  readonly committed: number | undefined
  readonly earliest: number
  readonly latest: number
  /** For a time: of the first record then or later, if there is one. */
  readonly atTime: number | undefined
}

export function checkTarget(to: ResetTarget, checks: Checks): void {
  if (typeof to === 'string') checks.oneOf('to', to, ['earliest', 'latest', 'current'])
  else if ('timestamp' in to) checks.number('timestamp', to.timestamp)
  else if ('agoMs' in to) checks.number('agoMs', to.agoMs)
  else if ('offset' in to) checks.number('offset', to.offset)
  else checks.number('shift', to.shift, -Number.MAX_SAFE_INTEGER)
}

/** What must be looked up for it. */
export function timeMarkOf(to: ResetTarget, nowMs: number): OffsetMark | undefined {
  if (typeof to === 'string') return undefined
  if ('timestamp' in to) return { timestamp: to.timestamp }
  return 'agoMs' in to ? { timestamp: Math.max(0, nowMs - to.agoMs) } : undefined
}

/** An offset within the log, whatever is asked for. As Kafka's own tool has it. */
export function resetOf(situation: ResetSituation, to: ResetTarget): OffsetReset | KafkaError {
  const { topic, partition, committed, earliest, latest } = situation
  const wanted = wantedOffset(situation, to)
  if (wanted === undefined) {
    const text = `${topic}/${partition}: nothing is committed that could be shifted.`
    return new KafkaError('NOTHING_COMMITTED', text, {
      ...{ kind: 'usage', context: { topic, partition } },
    })
  }
  const within = Math.max(earliest, Math.min(latest, wanted))
  return { topic, partition, from: committed, to: within }
}

function wantedOffset(situation: ResetSituation, to: ResetTarget): number | undefined {
  const { committed, earliest, latest, atTime } = situation
  if (to === 'earliest') return earliest
  if (to === 'latest') return latest
  if (to === 'current') return committed ?? latest
  if ('offset' in to) return to.offset
  if ('shift' in to) return committed === undefined ? undefined : committed + to.shift
  return atTime ?? latest
}
