import { ListOffsets } from '@pafka/protocol'

import type { TopicPartition } from '../cluster/topic-partition.ts'
import { Checks } from '../options/checks.ts'
import type { AdminParts } from './admin-call.ts'
import { type Answers, askEach, askNodes } from './ask-each.ts'
import { leadersOf } from './leaders.ts'
import type { Outcome } from './outcome.ts'
import { aboutPartition, answersOf, byTopic, flattened } from './partition-answers.ts'

/**
 * A place in a log: its first record, its end, the record with the newest time, the first that is
 * on the broker's own disks, the last that is in remote storage, the first that is not yet there;
 * the first record of a time or after it.
 */
export type OffsetMark =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | 'earliest-pending-upload'
  | { readonly timestamp: number }

export interface PartitionOffset extends TopicPartition {
  /** Undefined where there is no such record. */
  readonly offset: number | undefined
  /** Of the record, where a time was asked for. */
  readonly timestamp: number | undefined
  /** -1 where the broker does not say it. */
  readonly leaderEpoch: number
}

/** Instead of a time, and since which version. Source: Kafka `ListOffsetsRequest`. */
const MARKS: Readonly<Record<Exclude<OffsetMark, object>, readonly [code: number, min: number]>> = {
  earliest: [-2, 1],
  latest: [-1, 1],
  'max-timestamp': [-3, 7],
  'earliest-local': [-4, 8],
  'latest-tiered': [-5, 9],
  'earliest-pending-upload': [-6, 11],
}
const READ_COMMITTED_VERSION = 2
const READ_COMMITTED = 1
const REPLICA_ID = -1

export function checkMark(mark: OffsetMark, checks: Checks): void {
  if (typeof mark === 'object') checks.number('timestamp', mark.timestamp)
  else checks.oneOf('mark', mark, Object.keys(MARKS))
}

/** Asks the leaders. */
export async function askOffsets(
  parts: AdminParts,
  partitions: readonly TopicPartition[],
  mark: OffsetMark,
  options: { readonly readCommitted?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Outcome<PartitionOffset>> {
  const checks = new Checks()
  checks.partitions(partitions)
  checkMark(mark, checks)
  checks.done()
  const { readCommitted = false } = options
  const [timestamp, least] = typeof mark === 'object' ? [mark.timestamp, 1] : MARKS[mark]
  const min = Math.max(least, readCommitted ? READ_COMMITTED_VERSION : 1)
  const ask = async (
    leaderId: number,
    some: readonly TopicPartition[],
  ): Promise<Answers<TopicPartition, PartitionOffset>> => {
    const answer = await parts.cluster.ask(leaderId, {
      api: ListOffsets,
      versions: { min },
      request: {
        ...{ replicaId: REPLICA_ID, isolationLevel: readCommitted ? READ_COMMITTED : 0 },
        timeoutMs: parts.options.requestTimeoutMs,
        topics: byTopic(some).map(({ name, own }) => ({
          name,
          partitions: own.map(({ partition: partitionIndex }) => {
            return { partitionIndex, timestamp, currentLeaderEpoch: -1 }
          }),
        })),
      },
    })
    const results = flattened(answer.topics)
    return answersOf(some, results, {
      ...{ api: 'ListOffsets', isLeader: true },
      valueOf: ({ topic, partition }, { leaderEpoch, ...found }) => ({
        ...{ topic, partition, leaderEpoch },
        ...{ offset: orNone(found.offset), timestamp: orNone(found.timestamp) },
      }),
    })
  }
  const attempt = async (
    left: readonly TopicPartition[],
  ): Promise<Answers<TopicPartition, PartitionOffset>> =>
    askNodes(parts, await leadersOf(parts, left), ask)
  return askEach(parts, partitions, attempt, { ...options, about: aboutPartition })
}

function orNone(value: number): number | undefined {
  return value < 0 ? undefined : value
}
