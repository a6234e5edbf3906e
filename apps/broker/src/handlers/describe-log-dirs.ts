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

interface PlacedLog {
  readonly log: PartitionLog
  /** Bytes by path: with tiers a partition lies in several. */
  readonly places: ReadonlyMap<string, number>
}

async function described(
  { path, isOnline }: LogDirStatus,
  logs: readonly PlacedLog[],
): Promise<DescribeLogDirsResponseDescribeLogDirsResult> {
  const errorCode = isOnline ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR
  const space = isOnline ? await dirSpace(path) : { totalBytes: -1, usableBytes: -1 }
  const topics = new Map<string, DescribeLogDirsResponseDescribeLogDirsPartition[]>()
  for (const { log, places } of isOnline ? logs : []) {
    const partitionSize = places.get(path)
    if (partitionSize === undefined) continue
    const partitions = topics.get(log.topic) ?? []
    topics.set(log.topic, partitions)
    partitions.push({
      partitionIndex: log.partition,
      partitionSize,
      offsetLag: 0, // a leader does not lag behind itself
      isFutureKey: false,
    })
  }
  const listed = [...topics].map(
    ([name, partitions]): DescribeLogDirsResponseDescribeLogDirsTopic => ({ name, partitions }),
  )
  return { errorCode, logDir: path, topics: listed, ...space, isCordoned: false }
}
