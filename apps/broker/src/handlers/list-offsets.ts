import { InvariantViolation } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'
import {
  ErrorCode,
  ListOffsets,
  type ListOffsetsRequest,
  type ListOffsetsRequestListOffsetsPartition,
  type ListOffsetsResponse,
  type ListOffsetsResponseListOffsetsPartitionResponse,
} from '@pafka/protocol'

import { READ_COMMITTED } from '../fetch/fetch-plan.ts'
import { repeatedNames } from '../admin/repeated-names.ts'
import { leaderEpochError } from '../metadata/leader-epoch.ts'
import type { Partition } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/**
 * Version 4 adds the leader epoch, 7 the largest timestamp (KIP-734), 8, 9 and 11 the ends of what
 * tiers of KIP-405 hold. Source: ListOffsetsRequest.json.
 */
export const listOffsets: RequestHandler = defineHandler(ListOffsets, [1, 11], answer)

/** Times that ask for a place. Source: Kafka `ListOffsetsRequest`. */
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

/** The version that a special time came with. */
const SINCE: ReadonlyMap<number, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])

interface Terms {
  readonly apiVersion: number
  readonly isRepeated: boolean
  readonly readsCommitted: boolean
}

interface Place {
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

/** No record is there. */
const NOWHERE: Place = { timestamp: -1, offset: -1, leaderEpoch: -1 }

async function answer(
  request: ListOffsetsRequest,
  broker: HandlerContext,
  { apiVersion }: RequestOrigin,
): Promise<ListOffsetsResponse> {
  const repeated = repeatedNames(
    request.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => `${name}/${partitionIndex}`),
    ),
  )
  const readsCommitted = request.isolationLevel === READ_COMMITTED
  const topics = await Promise.all(
    request.topics.map(async ({ name, partitions }) => {
      const found = broker.topics.byName(name)?.partitions
      const answers = partitions.map((asked) => {
        const isRepeated = repeated.has(`${name}/${asked.partitionIndex}`)
        const terms = { apiVersion, isRepeated, readsCommitted }
        return offsetOf(asked, found?.[asked.partitionIndex], terms)
      })
      return { name, partitions: await Promise.all(answers) }
    }),
  )
  return { throttleTimeMs: 0, topics }
}

async function offsetOf(
  asked: ListOffsetsRequestListOffsetsPartition,
  partition: Partition | undefined,
  { apiVersion, isRepeated, readsCommitted }: Terms,
): Promise<ListOffsetsResponseListOffsetsPartitionResponse> {
  const { partitionIndex, currentLeaderEpoch, timestamp } = asked
  if (isRepeated) return failed(asked, ErrorCode.INVALID_REQUEST)
  if (partition === undefined) return failed(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  if (timestamp < 0 && apiVersion < (SINCE.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
    return failed(asked, ErrorCode.UNSUPPORTED_VERSION)
  }
  const { log, leaderEpoch } = partition
  if (log === undefined) return failed(asked, ErrorCode.KAFKA_STORAGE_ERROR)
  const errorCode = leaderEpochError(currentLeaderEpoch, partition)
  if (errorCode !== ErrorCode.NONE) return failed(asked, errorCode)
  try {
    const endOffset = readsCommitted ? log.lastStableOffset : log.highWatermark
    const place = await find({ timestamp, endOffset }, log, leaderEpoch)
    return { partitionIndex, errorCode: ErrorCode.NONE, ...place }
  } catch (error) {
    if (error instanceof InvariantViolation) throw error
    return failed(asked, ErrorCode.KAFKA_STORAGE_ERROR) // the log has reported it
  }
}

interface Wanted {
  readonly timestamp: number
  /** Nothing beyond it is found. */
  readonly endOffset: number
}

async function find(
  { timestamp, endOffset }: Wanted,
  log: PartitionLog,
  leaderEpoch: number,
): Promise<Place> {
  switch (timestamp) {
    case LATEST:
      return { timestamp: -1, offset: endOffset, leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL: {
      const offset = log.logStartOffset
      return { timestamp: -1, offset, leaderEpoch: log.epochForOffset(offset) }
    }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return NOWHERE // there is no remote storage
    default: {
      const found = await (timestamp === MAX_TIMESTAMP
        ? log.maxTimestamp()
        : log.offsetForTimestamp(timestamp))
      if (found === undefined || found.offset >= endOffset) return NOWHERE
      const { timestampMs, offset } = found
      return { timestamp: timestampMs, offset, leaderEpoch: found.leaderEpoch }
    }
  }
}

function failed(
  { partitionIndex }: ListOffsetsRequestListOffsetsPartition,
  errorCode: ErrorCode,
): ListOffsetsResponseListOffsetsPartitionResponse {
  return { partitionIndex, errorCode, ...NOWHERE }
}
