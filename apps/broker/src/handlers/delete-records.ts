import { isCompacted, isDeleted } from '@pafka/log'
import {
  DeleteRecords,
  type DeleteRecordsRequest,
  type DeleteRecordsRequestDeleteRecordsPartition,
  type DeleteRecordsResponse,
  type DeleteRecordsResponseDeleteRecordsPartitionResult,
  ErrorCode,
} from '@pafka/protocol'

import type { Topic } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Raises log start offsets; offset -1 is the high watermark. Source: DeleteRecordsRequest.json. */
export const deleteRecords: RequestHandler = defineHandler(DeleteRecords, [0, 2], answer)

type Asked = DeleteRecordsRequestDeleteRecordsPartition

async function answer(
  request: DeleteRecordsRequest,
  broker: HandlerContext,
): Promise<DeleteRecordsResponse> {
  const topics = await Promise.all(
    request.topics.map(async ({ name, partitions }) => {
      const topic = broker.topics.byName(name)
      return { name, partitions: await Promise.all(partitions.map((one) => remove(one, topic))) }
    }),
  )
  return { throttleTimeMs: 0, topics }
}

async function remove(
  { partitionIndex, offset }: Asked,
  topic: Topic | undefined,
): Promise<DeleteRecordsResponseDeleteRecordsPartitionResult> {
  const partition = topic?.partitions[partitionIndex]
  const log = partition?.log
  const failed = (errorCode: ErrorCode): DeleteRecordsResponseDeleteRecordsPartitionResult => ({
    partitionIndex,
    lowWatermark: -1,
    errorCode,
  })
  if (partition === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  if (topic?.internal === true) return failed(ErrorCode.INVALID_TOPIC_EXCEPTION)
  if (log === undefined) return failed(ErrorCode.KAFKA_STORAGE_ERROR)
  // A compacted log promises the last value of each key.
  if (isCompacted(log.config) && !isDeleted(log.config)) return failed(ErrorCode.POLICY_VIOLATION)
  if (offset < -1) return failed(ErrorCode.OFFSET_OUT_OF_RANGE)
  const errorCode = await log.deleteRecordsBefore(offset)
  if (errorCode !== ErrorCode.NONE) return failed(errorCode)
  return { partitionIndex, lowWatermark: log.logStartOffset, errorCode }
}
