import {
  ApiVersions,
  DescribeCluster,
  ErrorCode,
  InitProducerId,
  Metadata,
  type MetadataRequest,
  type MetadataResponse,
  type MetadataResponseTopic,
  ZERO_UUID,
} from '@pafka/protocol'

import { OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import {
  defineErrorAnswer,
  type ErrorAnswer,
  ORDERED_MESSAGE,
  type OrderedError,
} from './error-answer.ts'

/** With the table of versions, which a client needs to ask again with one that is served. */
export const apiVersionsError: ErrorAnswer = defineErrorAnswer(
  ApiVersions,
  (_request, { broker, errorCode }) => ({
    errorCode,
    apiKeys: broker.advertisedApis,
    throttleTimeMs: 0,
  }),
)

/** On every topic that is asked for; the brokers are told as ever. Creates nothing. */
export const metadataError: ErrorAnswer = defineErrorAnswer(Metadata, (request, error) => {
  const { errorCode } = error
  if (errorCode === ErrorCode.REBOOTSTRAP_REQUIRED && error.origin.apiVersion >= 13) {
    return { ...clusterOnly(error), errorCode }
  }
  const topics = askedTopics(request, error).map(({ name, topicId }): MetadataResponseTopic => ({
    errorCode,
    name,
    topicId,
    isInternal: error.broker.topics.byName(name ?? '')?.internal ?? false,
    partitions: [],
    topicAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }))
  return topics.length === 0 ? undefined : { ...clusterOnly(error), topics }
})

function askedTopics(
  { topics }: MetadataRequest,
  { broker, origin }: OrderedError,
): readonly { readonly name: string | null; readonly topicId: string }[] {
  const everything = topics === null || (topics.length === 0 && origin.apiVersion === 0)
  if (everything) return broker.topics.all().map(({ name, id }) => ({ name, topicId: id }))
  return topics.map(({ name, topicId }) => ({
    name: name ?? broker.topics.byId(topicId)?.name ?? null,
    topicId: topicId === ZERO_UUID ? (broker.topics.byName(name ?? '')?.id ?? topicId) : topicId,
  }))
}

function clusterOnly({ broker, origin }: OrderedError): MetadataResponse {
  const { nodeId, host, port, rack } = broker.cluster.endpointFor(origin)
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId, host, port, rack }],
    clusterId: broker.cluster.clusterId,
    controllerId: nodeId,
    topics: [],
    clusterAuthorizedOperations: OPERATIONS_NOT_ASKED,
    errorCode: ErrorCode.NONE,
  }
}

export const describeClusterError: ErrorAnswer = defineErrorAnswer(
  DescribeCluster,
  ({ endpointType }, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    errorMessage: ORDERED_MESSAGE,
    endpointType,
    clusterId: '',
    controllerId: -1,
    brokers: [],
    clusterAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }),
)

export const initProducerIdError: ErrorAnswer = defineErrorAnswer(
  InitProducerId,
  (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    producerId: -1,
    producerEpoch: -1,
    ongoingTxnProducerId: -1,
    ongoingTxnProducerEpoch: -1,
  }),
)
