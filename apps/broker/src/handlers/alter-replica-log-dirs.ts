import {
  AlterReplicaLogDirs,
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse,
  type AlterReplicaLogDirsResponseAlterReplicaLogDirTopicResult,
  ErrorCode,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** `.<32 hex digits>-future`, of the folder that a partition is copied to. */
const FUTURE_SUFFIX_BYTES = 40
const LONGEST_NAME_BYTES = 255

/**
 * Partitions are moved after the answer. One that is not there yet will be made where it was asked
 * for. Source: AlterReplicaLogDirsRequest.json, Kafka `ReplicaManager.alterReplicaLogDirs`.
 */
export const alterReplicaLogDirs: RequestHandler = defineHandler(
  AlterReplicaLogDirs,
  [1, 2],
  answer,
)

function answer(
  { dirs }: AlterReplicaLogDirsRequest,
  broker: HandlerContext,
): AlterReplicaLogDirsResponse {
  const results = dirs.flatMap(({ path, topics }) =>
    topics.map(
      ({ name, partitions }): AlterReplicaLogDirsResponseAlterReplicaLogDirTopicResult => ({
        topicName: name,
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          errorCode: move(broker, path, { name, partitionIndex }),
        })),
      }),
    ),
  )
  return { throttleTimeMs: 0, results }
}

function move(
  { logs, topics, partitionMoves }: HandlerContext,
  path: string,
  { name, partitionIndex }: { name: string; partitionIndex: number },
): ErrorCode {
  const folder = `${name}-${partitionIndex}`
  if (Buffer.byteLength(folder) + FUTURE_SUFFIX_BYTES > LONGEST_NAME_BYTES) {
    return ErrorCode.INVALID_TOPIC_EXCEPTION
  }
  const dir = logs.dirs().find((each) => each.path === path)
  if (dir === undefined) return ErrorCode.LOG_DIR_NOT_FOUND
  if (!dir.isOnline) return ErrorCode.KAFKA_STORAGE_ERROR
  const partition = topics.byName(name)?.partitions[partitionIndex]
  if (partition === undefined) {
    if (partitionIndex >= 0) logs.moves.prefer(name, partitionIndex, path)
    return ErrorCode.REPLICA_NOT_AVAILABLE
  }
  const { log } = partition
  if (log === undefined || !log.isOnline) return ErrorCode.KAFKA_STORAGE_ERROR
  if (!logs.moves.mayLieIn(log, path)) return ErrorCode.POLICY_VIOLATION
  partitionMoves.move(log, path)
  return ErrorCode.NONE
}
