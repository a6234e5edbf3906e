import type { LogDirStatus, PartitionLog } from '@pafka/log'
import {
  DescribeLogDirs,
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
  type DescribeLogDirsResponseDescribeLogDirsPartition,
  type DescribeLogDirsResponseDescribeLogDirsResult,
  type DescribeLogDirsResponseDescribeLogDirsTopic,
  ErrorCode,
} from '@pafka/protocol'

import { dirSpace } from '../admin/dir-space.ts'
import type { FutureReplica } from '../log-dirs/partition-moves.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 4 adds the space of the file system. Source: DescribeLogDirsRequest.json. */
export const describeLogDirs: RequestHandler = defineHandler(DescribeLogDirs, [1, 5], answer)

async function answer(
  request: DescribeLogDirsRequest,
  broker: HandlerContext,
): Promise<DescribeLogDirsResponse> {
  const logs = [...askedLogs(request, broker)].map((log) => ({
    log,
    places: broker.logs.placesOf(log),
    future: broker.partitionMoves.futureOf(log),
  }))
  const results = await Promise.all(broker.logs.dirs().map((dir) => described(dir, logs)))
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, results }
}

/** Each log once; what does not exist is in no log dir. */
function askedLogs(
  { topics: asked }: DescribeLogDirsRequest,
  broker: HandlerContext,
): ReadonlySet<PartitionLog> {
  const logs = new Set<PartitionLog>()
  if (asked === null) {
    for (const { partitions } of broker.topics.all()) {
      for (const { log } of partitions) if (log !== undefined) logs.add(log)
    }
    return logs
  }
  for (const { topic, partitions } of asked) {
    const known = broker.topics.byName(topic)?.partitions
    for (const index of partitions) {
      const log = known?.[index]?.log
      if (log !== undefined) logs.add(log)
    }
  }
  return logs
}

type Replica = DescribeLogDirsResponseDescribeLogDirsPartition

interface PlacedLog {
  readonly log: PartitionLog
  /** Bytes by path: with tiers a partition lies in several. */
  readonly places: ReadonlyMap<string, number>
  /** What there is of it where it is moved to. */
  readonly future: FutureReplica | undefined
}

/** In a log dir. Where a partition has segments, and is moved to, both are there. */
function replicasIn(path: string, { log, places, future }: PlacedLog): Replica[] {
  const partitionIndex = log.partition
  const found: Replica[] = []
  const partitionSize = places.get(path)
  if (partitionSize !== undefined) {
    // a leader does not lag behind itself
    found.push({ partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false })
  }
  if (future?.path === path) {
    const { sizeBytes, offsetLag } = future
    found.push({ partitionIndex, partitionSize: sizeBytes, offsetLag, isFutureKey: true })
  }
  return found
}

async function described(
  { path, isOnline }: LogDirStatus,
  logs: readonly PlacedLog[],
): Promise<DescribeLogDirsResponseDescribeLogDirsResult> {
  const errorCode = isOnline ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR
  const space = isOnline ? await dirSpace(path) : { totalBytes: -1, usableBytes: -1 }
  const topics = new Map<string, Replica[]>()
  for (const placed of isOnline ? logs : []) {
    const { topic } = placed.log
    const found = replicasIn(path, placed)
    if (found.length > 0) topics.set(topic, [...(topics.get(topic) ?? []), ...found])
  }
  const listed = [...topics].map(
    ([name, partitions]): DescribeLogDirsResponseDescribeLogDirsTopic => ({ name, partitions }),
  )
  return { errorCode, logDir: path, topics: listed, ...space, isCordoned: false }
}
