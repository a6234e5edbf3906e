import {
  ErrorCode,
  OffsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
} from '@pafka/protocol'

import { CommitPlan } from './commit-plan.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** The versions in which a commit may ask for a retention of its own. */
const LAST_RETENTION_VERSION = 4
/** From here on clients know GROUP_ID_NOT_FOUND. */
const GROUP_NOT_FOUND_VERSION = 9
/** From here on topics are named by id (KIP-848). */
const TOPIC_ID_VERSION = 10

/** Version 6 adds the leader epoch, 7 static members. Source: OffsetCommitRequest.json. */
export const offsetCommit: RequestHandler = defineHandler(OffsetCommit, [2, 10], answer)

async function answer(
  request: OffsetCommitRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<OffsetCommitResponse> {
  const { apiVersion } = origin
  const isById = apiVersion >= TOPIC_ID_VERSION
  const commit = new CommitPlan()
  for (const topic of request.topics) {
    if (isById) commit.add(topic, broker.topics.byId(topic.topicId), ErrorCode.UNKNOWN_TOPIC_ID)
    else commit.add(topic, broker.topics.byName(topic.name))
  }
  if (commit.offsets.length > 0) {
    const errorCodes = await broker.groups.commitOffsets(request.groupId, {
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch,
      offsets: commit.offsets,
      retentionMs: apiVersion <= LAST_RETENTION_VERSION ? request.retentionTimeMs : -1,
      knowsGroupNotFound: apiVersion >= GROUP_NOT_FOUND_VERSION,
    })
    commit.settle(errorCodes)
  }
  return { throttleTimeMs: 0, topics: commit.topics }
}
