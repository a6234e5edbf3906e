import {
  ErrorCode,
  OffsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitRequestTopic,
  type OffsetCommitResponse,
  type OffsetCommitResponseTopic,
} from '@pafka/protocol'

import type { OffsetToCommit } from '../groups/offset-manager.ts'
import type { Topic } from '../metadata/topic.ts'
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
  const commit = new CommitPlan(request, broker, apiVersion >= TOPIC_ID_VERSION)
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

interface PartitionAnswer {
  readonly partitionIndex: number
  errorCode: ErrorCode
}

/** The answer as it takes shape, and the offsets whose partitions there are. */
class CommitPlan {
  readonly topics: OffsetCommitResponseTopic[] = []
  readonly offsets: OffsetToCommit[] = []
  /** In the order of `offsets`. */
  readonly #undecided: PartitionAnswer[] = []

  constructor(request: OffsetCommitRequest, { topics }: HandlerContext, isById: boolean) {
    for (const asked of request.topics) {
      const { name, topicId } = asked
      const topic = isById ? topics.byId(topicId) : topics.byName(name)
      this.topics.push({ name, topicId, partitions: this.#plan(asked, topic, isById) })
    }
  }

  settle(errorCodes: readonly ErrorCode[]): void {
    for (const [index, undecided] of this.#undecided.entries()) {
      undecided.errorCode = errorCodes[index] ?? ErrorCode.UNKNOWN_SERVER_ERROR
    }
  }

  #plan(
    asked: OffsetCommitRequestTopic,
    topic: Topic | undefined,
    isById: boolean,
  ): PartitionAnswer[] {
    const isIdUnknown = isById && topic === undefined
    return asked.partitions.map((one) => {
      const { partitionIndex } = one
      if (topic?.partitions[partitionIndex] === undefined) {
        const errorCode = isIdUnknown
          ? ErrorCode.UNKNOWN_TOPIC_ID
          : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        return { partitionIndex, errorCode }
      }
      this.offsets.push({
        topic: topic.name,
        topicId: topic.id,
        partition: partitionIndex,
        offset: one.committedOffset,
        leaderEpoch: one.committedLeaderEpoch,
        metadata: one.committedMetadata,
      })
      const undecided: PartitionAnswer = { partitionIndex, errorCode: ErrorCode.NONE }
      this.#undecided.push(undecided)
      return undecided
    })
  }
}
