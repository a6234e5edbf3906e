import {
  ErrorCode,
  OffsetFetch,
  type OffsetFetchRequest,
  type OffsetFetchRequestGroup,
  type OffsetFetchResponse,
  type OffsetFetchResponseGroup,
  type OffsetFetchResponseTopic,
  type OffsetFetchResponseTopics,
  ZERO_UUID,
} from '@pafka/protocol'

import type { FetchClaim } from '../groups/coordinator-answer.ts'
import type { FetchedOffsets, WantedOffsets } from '../groups/offset-manager.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** From here on an answer can say what is wrong with all of it. */
const ERROR_CODE_VERSION = 2
/** From here on a request asks for any number of groups (KIP-709). */
const GROUPS_VERSION = 8
/** From here on topics are named by id (KIP-848). */
const TOPIC_ID_VERSION = 10

/**
 * Version 2 can ask for all topics, 5 adds the leader epoch, 7 `requireStable` (KIP-447). Source:
 * OffsetFetchRequest.json.
 */
export const offsetFetch: RequestHandler = defineHandler(OffsetFetch, [1, 10], answer)

async function answer(
  request: OffsetFetchRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<OffsetFetchResponse> {
  if (origin.apiVersion < GROUPS_VERSION) return answerOne(request, broker, origin.apiVersion)
  const isById = origin.apiVersion >= TOPIC_ID_VERSION
  const groups = await Promise.all(
    request.groups.map((group) => {
      const asked = { ...group, requireStable: request.requireStable }
      return isById ? fetchById(asked, broker) : fetchByName(asked, broker)
    }),
  )
  return { throttleTimeMs: 0, topics: [], errorCode: ErrorCode.NONE, groups }
}

interface GroupOffsetsRequest extends OffsetFetchRequestGroup {
  readonly requireStable: boolean
}

async function answerOne(
  { groupId, topics, requireStable }: OffsetFetchRequest,
  broker: HandlerContext,
  apiVersion: number,
): Promise<OffsetFetchResponse> {
  const wanted = topics?.map(({ name, partitionIndexes }) => byName(broker, name, partitionIndexes))
  const fetched = await broker.groups.fetchOffsets(groupId, wanted ?? null, {
    memberId: null,
    memberEpoch: -1,
    requireStable,
  })
  const { errorCode } = fetched
  if (errorCode !== ErrorCode.NONE && apiVersion < ERROR_CODE_VERSION) {
    const failed = (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partition) => failure(partition, errorCode)),
    }))
    return { throttleTimeMs: 0, topics: failed, errorCode, groups: [] }
  }
  const answered = fetched.topics.map(({ topic, partitions }): OffsetFetchResponseTopic => ({
    name: topic,
    partitions,
  }))
  return { throttleTimeMs: 0, topics: answered, errorCode, groups: [] }
}

async function fetchByName(
  { groupId, memberId, memberEpoch, topics, requireStable }: GroupOffsetsRequest,
  broker: HandlerContext,
): Promise<OffsetFetchResponseGroup> {
  const wanted = topics?.map(({ name, partitionIndexes }) => byName(broker, name, partitionIndexes))
  const { errorCode, topics: fetched } = await broker.groups.fetchOffsets(groupId, wanted ?? null, {
    memberId,
    memberEpoch,
    requireStable,
  })
  return { groupId, errorCode, topics: fetched.map((one) => toAnswer(one, one.topicId)) }
}

async function fetchById(
  { groupId, memberId, memberEpoch, topics, requireStable }: GroupOffsetsRequest,
  broker: HandlerContext,
): Promise<OffsetFetchResponseGroup> {
  const claim = { memberId, memberEpoch, requireStable }
  if (topics === null) return fetchAllById(groupId, claim, broker)
  const known = topics.map(({ topicId }) => broker.topics.byId(topicId))
  const wanted = topics.flatMap(({ topicId, partitionIndexes }, index): WantedOffsets[] => {
    const topic = known[index]?.name
    return topic === undefined ? [] : [{ topic, topicId, partitions: partitionIndexes }]
  })
  const { errorCode, topics: fetched } = await broker.groups.fetchOffsets(groupId, wanted, claim)
  if (errorCode !== ErrorCode.NONE) return { groupId, errorCode, topics: [] }
  let at = 0
  const answered = topics.map(({ topicId, partitionIndexes }, index): OffsetFetchResponseTopics => {
    const one = known[index] === undefined ? undefined : fetched[at++]
    if (one !== undefined) return toAnswer(one, topicId)
    const unknown = ErrorCode.UNKNOWN_TOPIC_ID
    const partitions = partitionIndexes.map((partition) => failure(partition, unknown))
    return { name: '', topicId, partitions }
  })
  return { groupId, errorCode, topics: answered }
}

/** Of topics that are there: of others a client that knows ids only could not be told. */
async function fetchAllById(
  groupId: string,
  claim: FetchClaim,
  broker: HandlerContext,
): Promise<OffsetFetchResponseGroup> {
  const { errorCode, topics } = await broker.groups.fetchOffsets(groupId, null, claim)
  const answered = topics.flatMap((one): OffsetFetchResponseTopics[] => {
    const topicId = broker.topics.byName(one.topic)?.id
    const isSame = one.topicId === ZERO_UUID || one.topicId === topicId
    return topicId === undefined || !isSame ? [] : [toAnswer(one, topicId)]
  })
  return { groupId, errorCode, topics: answered }
}

function byName(
  broker: HandlerContext,
  topic: string,
  partitions: readonly number[],
): WantedOffsets {
  return { topic, topicId: broker.topics.byName(topic)?.id ?? ZERO_UUID, partitions }
}

function toAnswer(
  { topic: name, partitions }: FetchedOffsets,
  topicId: string,
): OffsetFetchResponseTopics {
  return { name, topicId, partitions }
}

function failure(
  partitionIndex: number,
  errorCode: ErrorCode,
): OffsetFetchResponseTopics['partitions'][number] {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
}
