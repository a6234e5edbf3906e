import {
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  ErrorCode,
  Metadata,
  type MetadataResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import { metadataFrom } from '../../cluster/cluster-metadata.ts'
import type { Connected } from '../client-session.ts'
import { KafkaJSAggregateError } from '../errors/admin-errors.ts'
import { protocolErrorOf } from '../errors/protocol-error-of.ts'
import { KafkaJSCreateTopicError } from '../errors/protocol-errors.ts'
import { partitionMetadataOf } from '../partition-metadata.ts'
import type { Admin, NamedTopicMetadata } from './admin-types.ts'
import { askController, checkAnswer, withTopic } from './ask.ts'
import { checkFilledList, checkList, checkName, checkText, checkTopics } from './check-arguments.ts'

const DEFAULT_TIMEOUT_MS = 5000
const BROKERS_DEFAULT = -1
/** With defaults that the broker chooses (KIP-464). */
const CREATE_VERSIONS = { min: 4 }
const METADATA_VERSIONS = { min: 5 }
/** From here on topics may be named by id. */
const DELETE_BY_ID_VERSION = 6

type Arguments<Name extends keyof Admin> = Admin[Name] extends (given: infer Given) => unknown
  ? Given
  : never

export function checkCreateTopics({ topics }: Arguments<'createTopics'>): void {
  checkList('topics', topics)
  checkTopics('topics', topics)
  for (const { topic, configEntries } of topics) {
    if (configEntries === undefined || configEntries === null) continue
    checkList(`configEntries of ${topic}`, configEntries)
    for (const entry of configEntries) {
      checkText(`configEntries of ${topic}: name`, entry?.name, false)
      checkText(`configEntries of ${topic}: value`, entry?.value, false)
    }
  }
}

/** @returns false when all of them are there already */
export async function createTopics(
  connected: Connected,
  given: Arguments<'createTopics'>,
): Promise<boolean> {
  const { topics, validateOnly = false, waitForLeaders = true } = given
  const { timeout: timeoutMs = DEFAULT_TIMEOUT_MS } = given
  const request = {
    topics: topics.map(({ topic: name, replicaAssignment = [], configEntries = [], ...size }) => ({
      name,
      numPartitions: replicaAssignment.length > 0 ? -1 : (size.numPartitions ?? BROKERS_DEFAULT),
      replicationFactor:
        replicaAssignment.length > 0 ? -1 : (size.replicationFactor ?? BROKERS_DEFAULT),
      assignments: replicaAssignment.map(({ partition: partitionIndex, replicas: brokerIds }) => {
        return { partitionIndex, brokerIds }
      }),
      configs: configEntries,
    })),
    ...{ timeoutMs, validateOnly },
  }
  const wereThere = await askController(
    connected,
    { api: CreateTopics, versions: CREATE_VERSIONS, request },
    (answer) => {
      const failed = answer.topics.filter(({ errorCode }) => errorCode !== 0)
      if (failed.length === 0) return false
      const [first] = failed
      if (first?.errorCode === ErrorCode.NOT_CONTROLLER) checkAnswer(first, 'CreateTopics')
      if (failed.every(({ errorCode }) => errorCode === ErrorCode.TOPIC_ALREADY_EXISTS)) return true
      const errors = failed
        .toSorted((one, other) => (one.name < other.name ? -1 : 1))
        .map(({ name, errorCode, errorMessage }) => {
          return new KafkaJSCreateTopicError(protocolErrorOf(errorCode, errorMessage), name)
        })
      throw new KafkaJSAggregateError('Some topics could not be created', errors)
    },
  )
  if (wereThere) return false
  if (waitForLeaders && !validateOnly) {
    await Promise.all(topics.map(async ({ topic }) => withTopic(connected, topic, nothing)))
  }
  return true
}

export function checkDeleteTopics({ topics }: Arguments<'deleteTopics'>): void {
  checkList('topics', topics)
  for (const topic of topics) checkName('topics', topic)
}

export async function deleteTopics(
  connected: Connected,
  { topics, timeout: timeoutMs = DEFAULT_TIMEOUT_MS }: Arguments<'deleteTopics'>,
): Promise<void> {
  await askController(
    connected,
    {
      api: DeleteTopics,
      request: (version) => {
        const hasIds = version >= DELETE_BY_ID_VERSION
        return {
          topics: hasIds ? topics.map((name) => ({ name, topicId: ZERO_UUID })) : [],
          topicNames: hasIds ? [] : topics,
          timeoutMs,
        }
      },
    },
    ({ responses }) => {
      for (const answer of responses) checkAnswer(answer, 'DeleteTopics')
    },
  )
}

export function checkCreatePartitions({ topicPartitions }: Arguments<'createPartitions'>): void {
  checkFilledList('topicPartitions', topicPartitions)
  checkTopics('topicPartitions', topicPartitions)
}

export async function createPartitions(
  connected: Connected,
  given: Arguments<'createPartitions'>,
): Promise<boolean> {
  const { topicPartitions, validateOnly = false, timeout: timeoutMs = DEFAULT_TIMEOUT_MS } = given
  const topics = topicPartitions.map(({ topic: name, count, assignments }) => ({
    ...{ name, count },
    assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
  }))
  await askController(
    connected,
    { api: CreatePartitions, request: { topics, timeoutMs, validateOnly } },
    ({ results }) => {
      for (const answer of results) checkAnswer(answer, 'CreatePartitions')
    },
  )
  return true
}

/** In the order of the broker, its own topics too. */
export async function listTopics(connected: Connected): Promise<string[]> {
  const answer = await askMetadata(connected, null)
  return metadataFrom(answer).topics.map(({ name }) => name)
}

/** @param names none for all there are. @throws {KafkaError} of the first that is not there */
export async function fetchTopicMetadata(
  connected: Connected,
  names: readonly string[],
): Promise<{ topics: NamedTopicMetadata[] }> {
  const answer = await askMetadata(connected, names.length === 0 ? null : names)
  const topics = metadataFrom(answer).topics.map((one) => {
    if ('topic' in one) return { name: one.name, partitions: partitionMetadataOf(one.topic) }
    throw protocolErrorOf(one.errorCode, one.name)
  })
  return { topics }
}

export async function describeCluster(
  connected: Connected,
): Promise<Awaited<ReturnType<Admin['describeCluster']>>> {
  const { brokers, controllerId, clusterId } = await askMetadata(connected, [])
  return {
    brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
    controller: controllerId < 0 ? null : controllerId,
    clusterId: clusterId ?? '',
  }
}

async function askMetadata(
  { cluster }: Connected,
  names: readonly string[] | null,
): Promise<MetadataResponse> {
  return cluster.askAny({
    ...{ api: Metadata, versions: METADATA_VERSIONS },
    request: {
      topics: names?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null,
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    },
  })
}

async function nothing(): Promise<void> {
  // that it is known is enough
}
