import {
  ErrorCode,
  Metadata,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponsePartition,
  type MetadataResponseTopic,
  ZERO_UUID,
} from '@pafka/protocol'

import {
  ALL_CLUSTER_OPERATIONS,
  ALL_TOPIC_OPERATIONS,
  OPERATIONS_NOT_ASKED,
} from '../admin/authorized-operations.ts'
import { leadershipOf } from '../metadata/leadership.ts'
import { isInternalTopic, topicNameProblem } from '../metadata/topic-name.ts'
import type { Topic } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/**
 * In version 0 no topics means all, from 1 on null does. Ids come with 10, and name topics in
 * requests from 12 on. Source: MetadataRequest.json.
 */
export const metadata: RequestHandler = defineHandler(Metadata, [0, 13], answer)

/** Requests may name topics by id from this version on. */
const BY_ID_VERSION = 12

async function answer(
  request: MetadataRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<MetadataResponse> {
  const created = await autoCreate(request, broker)
  const { nodeId, host, port, rack } = broker.cluster.endpointFor(origin)
  const asked = isEverything(request, origin) ? null : (request.topics ?? [])
  const topics =
    asked === null
      ? broker.topics.all().map((topic) => described(topic, nodeId))
      : distinct(asked).map((one) => askedTopic(one, broker, { origin, created }))
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId, host, port, rack }],
    clusterId: broker.cluster.clusterId,
    controllerId: nodeId,
    topics: request.includeTopicAuthorizedOperations
      ? topics.map((topic) => ({ ...topic, topicAuthorizedOperations: ALL_TOPIC_OPERATIONS }))
      : topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? ALL_CLUSTER_OPERATIONS
      : OPERATIONS_NOT_ASKED,
    errorCode: ErrorCode.NONE,
  }
}

function isEverything({ topics }: MetadataRequest, { apiVersion }: RequestOrigin): boolean {
  return topics === null || (apiVersion === 0 && topics.length === 0)
}

function distinct(asked: readonly MetadataRequestTopic[]): MetadataRequestTopic[] {
  return [...new Map(asked.map((one) => [`${one.topicId}/${one.name ?? ''}`, one])).values()]
}

/** Creates what is missing, before the answer, so that the client need not ask again. */
async function autoCreate(
  { topics, allowAutoTopicCreation }: MetadataRequest,
  { topics: catalog }: HandlerContext,
): Promise<ReadonlyMap<string, ErrorCode>> {
  const failures = new Map<string, ErrorCode>()
  if (topics === null || !allowAutoTopicCreation || !catalog.config.autoCreateTopicsEnable) {
    return failures
  }
  const missing = topics.flatMap(({ name, topicId }) => {
    if (name === null || topicId !== ZERO_UUID || catalog.byName(name) !== undefined) return []
    return isInternalTopic(name) || topicNameProblem(name) !== undefined ? [] : [name]
  })
  if (missing.length === 0) return failures
  const names = [...new Set(missing)]
  const wanted = { partitions: -1, replicationFactor: -1, assignments: [], configs: new Map() }
  const outcomes = await catalog.create(names.map((name) => ({ name, ...wanted })))
  for (const [at, { errorCode }] of outcomes.entries()) failures.set(names[at] ?? '', errorCode)
  return failures
}

interface Asking {
  readonly origin: RequestOrigin
  /** Outcome of the creation of those that were missing. */
  readonly created: ReadonlyMap<string, ErrorCode>
}

function askedTopic(
  { name, topicId }: MetadataRequestTopic,
  { topics, cluster }: HandlerContext,
  { origin, created }: Asking,
): MetadataResponseTopic {
  const byId = topicId !== ZERO_UUID
  if ((byId || name === null) && origin.apiVersion < BY_ID_VERSION) {
    return failed(ErrorCode.INVALID_REQUEST, name ?? '', topicId)
  }
  if (byId) {
    const topic = topics.byId(topicId)
    if (topic !== undefined) return described(topic, cluster.nodeId)
    return failed(ErrorCode.UNKNOWN_TOPIC_ID, null, topicId)
  }
  const topic = topics.byName(name ?? '')
  if (topic !== undefined) return described(topic, cluster.nodeId)
  return failed(absence(name ?? '', created), name, ZERO_UUID)
}

/** Why a topic is not there. */
function absence(name: string, created: ReadonlyMap<string, ErrorCode>): ErrorCode {
  if (topicNameProblem(name) !== undefined) return ErrorCode.INVALID_TOPIC_EXCEPTION
  const errorCode = created.get(name) ?? ErrorCode.NONE
  const isKnown = errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS
  return isKnown ? errorCode : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
}

function failed(errorCode: ErrorCode, name: string | null, topicId: string): MetadataResponseTopic {
  return {
    errorCode,
    name,
    topicId,
    isInternal: name !== null && isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }
}

function described(topic: Topic, nodeId: number): MetadataResponseTopic {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    partitions: topic.partitions.map((partition): MetadataResponsePartition => {
      const errorCode =
        partition.log === undefined ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE
      return { errorCode, ...leadershipOf(partition, nodeId) }
    }),
    topicAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }
}
