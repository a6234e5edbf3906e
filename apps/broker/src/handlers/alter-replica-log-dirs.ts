import {
  AlterReplicaLogDirs,
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse,
  type AlterReplicaLogDirsResponseAlterReplicaLogDirTopicResult,
  ErrorCode,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: AlterReplicaLogDirsRequest.json. Partitions stay in the dir that they were made in. */
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
  { logs, topics }: HandlerContext,
  path: string,
  { name, partitionIndex }: { name: string; partitionIndex: number },
): ErrorCode {
  const dir = logs.dirs().find((each) => each.path === path)
  if (dir === undefined) return ErrorCode.LOG_DIR_NOT_FOUND
  const partition = topics.byName(name)?.partitions[partitionIndex]
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  const { log } = partition
  if (!dir.isOnline || log === undefined) return ErrorCode.KAFKA_STORAGE_ERROR
  // The answer has no message; of the codes that clients do not try again this is the nearest.
  return log.dir === path ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST
}
