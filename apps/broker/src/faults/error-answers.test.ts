import { ManualClock } from '@pafka/testing'
import { type Api, ErrorCode, joinRecordBytes, WireReader, WireWriter } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FetchSessionCache } from '../fetch/fetch-session.ts'
import type { HandlerContext } from '../handlers/handler-context.ts'
import { NO_RESPONSE, type RequestHandler, type RequestOrigin } from '../handlers/handler.ts'
import { handlersByKey } from '../handlers/registry.ts'
import { errorAnswers } from './error-answers.ts'
import { ANSWERABLE_APIS, type AnswerableApi, FAULT_APIS } from './fault-apis.ts'

const TOPIC = { name: 'orders', id: 'AAAAAAAAAAAAAAAAAAAAAg', internal: false, partitions: [] }
const RECORDS = new Uint8Array(8)
const named = { name: TOPIC.name, topic: TOPIC.name, topicId: TOPIC.id }
const member = { memberId: 'm', groupInstanceId: null, reason: null }
const inGroup = { groupId: 'g', memberId: 'm', groupInstanceId: null, generationId: 1 }
const transaction = { transactionalId: 'x', producerId: 1, producerEpoch: 0 }
const resources = [
  { resourceType: 2, resourceName: TOPIC.name, configurationKeys: null, configs: [] },
]

/** Of every answerable API, with a place for an error; encoding drops what a version has not. */
const REQUESTS: Readonly<Record<AnswerableApi, object>> = {
  AddOffsetsToTxn: { ...transaction, groupId: 'g' },
  AddPartitionsToTxn: {
    transactions: [{ ...transaction, verifyOnly: false, topics: [{ name: 't', partitions: [0] }] }],
    v3AndBelowTransactionalId: 'x',
    v3AndBelowProducerId: 1,
    v3AndBelowProducerEpoch: 0,
    v3AndBelowTopics: [{ name: 't', partitions: [0] }],
  },
  AlterClientQuotas: {
    entries: [{ entity: [{ entityType: 'user', entityName: null }], ops: [] }],
    validateOnly: false,
  },
  AlterConfigs: { resources, validateOnly: false },
  ApiVersions: { clientSoftwareName: 'x', clientSoftwareVersion: '1' },
  ConsumerGroupDescribe: { groupIds: ['g'], includeAuthorizedOperations: false },
  ConsumerGroupHeartbeat: {
    groupId: 'g',
    memberId: 'm',
    memberEpoch: 1,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
  },
  CreatePartitions: {
    topics: [{ ...named, count: 2, assignments: null }],
    timeoutMs: 1,
    validateOnly: false,
  },
  CreateTopics: {
    topics: [{ ...named, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 1,
    validateOnly: false,
  },
  DeleteGroups: { groupsNames: ['g'] },
  DeleteRecords: {
    topics: [{ ...named, partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 1,
  },
  DeleteTopics: { topics: [named], topicNames: [TOPIC.name], timeoutMs: 1 },
  DescribeClientQuotas: { components: [], strict: false },
  DescribeCluster: {
    includeClusterAuthorizedOperations: false,
    endpointType: 1,
    includeFencedBrokers: false,
  },
  DescribeConfigs: { resources, includeSynonyms: false, includeDocumentation: false },
  DescribeGroups: { groups: ['g'], includeAuthorizedOperations: false },
  EndTxn: { ...transaction, committed: true },
  Fetch: {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        ...named,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: -1,
            fetchOffset: 0,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            partitionMaxBytes: 1000,
          },
        ],
      },
    ],
    forgottenTopicsData: [],
    rackId: '',
  },
  FindCoordinator: { key: 'g', keyType: 0, coordinatorKeys: ['g'] },
  Heartbeat: inGroup,
  IncrementalAlterConfigs: { resources, validateOnly: false },
  InitProducerId: {
    transactionalId: null,
    transactionTimeoutMs: 1,
    producerId: -1,
    producerEpoch: -1,
    enable2Pc: false,
    keepPreparedTxn: false,
  },
  JoinGroup: {
    ...inGroup,
    sessionTimeoutMs: 1,
    rebalanceTimeoutMs: 1,
    protocolType: 'consumer',
    protocols: [],
    reason: null,
  },
  LeaveGroup: { ...inGroup, members: [member] },
  ListGroups: { statesFilter: [], typesFilter: [] },
  ListOffsets: {
    replicaId: -1,
    isolationLevel: 0,
    topics: [
      { ...named, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }] },
    ],
    timeoutMs: 1,
  },
  Metadata: {
    topics: [named],
    allowAutoTopicCreation: true,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  },
  OffsetCommit: {
    ...inGroup,
    generationIdOrMemberEpoch: 1,
    retentionTimeMs: -1,
    topics: [
      {
        ...named,
        partitions: [
          {
            partitionIndex: 0,
            committedOffset: 1,
            committedLeaderEpoch: -1,
            committedMetadata: null,
          },
        ],
      },
    ],
  },
  OffsetDelete: { groupId: 'g', topics: [{ ...named, partitions: [{ partitionIndex: 0 }] }] },
  OffsetFetch: {
    groupId: 'g',
    topics: [{ ...named, partitionIndexes: [0] }],
    groups: [
      {
        groupId: 'g',
        memberId: null,
        memberEpoch: -1,
        topics: [{ ...named, partitionIndexes: [0] }],
      },
    ],
    requireStable: false,
  },
  OffsetForLeaderEpoch: {
    replicaId: -1,
    topics: [{ ...named, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
  },
  Produce: {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1,
    topicData: [{ ...named, partitionData: [{ index: 0, records: RECORDS }] }],
  },
  TxnOffsetCommit: {
    ...transaction,
    ...inGroup,
    topics: [
      {
        ...named,
        partitions: [
          {
            partitionIndex: 0,
            committedOffset: 1,
            committedLeaderEpoch: -1,
            committedMetadata: null,
          },
        ],
      },
    ],
  },
  StreamsGroupDescribe: { groupIds: ['g'], includeAuthorizedOperations: false },
  StreamsGroupHeartbeat: {
    groupId: 'g',
    memberId: 'm',
    memberEpoch: 1,
    endpointInformationEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    topology: null,
    activeTasks: null,
    standbyTasks: null,
    warmupTasks: null,
    processId: null,
    userEndpoint: null,
    clientTags: null,
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: false,
  },
  SyncGroup: { ...inGroup, protocolType: null, protocolName: null, assignments: [] },
}

function fakeBroker(): HandlerContext {
  const topics = { all: () => [TOPIC], byName: () => TOPIC, byId: () => TOPIC }
  const endpoint = { nodeId: 1, host: 'localhost', port: 9092, rack: null }
  return {
    topics,
    clock: new ManualClock(),
    fetchSessions: new FetchSessionCache({ slots: 10, evictionMs: 1, random: Math.random }),
    cluster: { clusterId: 'c', endpointFor: () => endpoint },
    advertisedApis: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
  } as unknown as HandlerContext
}

function onTheWire(
  api: Api<unknown, unknown>,
  kind: 'request' | 'response',
  value: unknown,
  version: number,
): unknown {
  const writer = new WireWriter()
  api[kind].encode(writer, value, version)
  const reader = new WireReader(joinRecordBytes(writer.finish()))
  return api[kind].decode(reader, version)
}

const CODE_KEYS: ReadonlySet<string> = new Set(['errorCode', 'partitionErrorCode'])

/** Every `errorCode` in an answer, wherever it stands. */
function errorCodesIn(answer: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null || ArrayBuffer.isView(answer)) return []
  return Object.entries(answer).flatMap(([key, value]: [string, unknown]) =>
    CODE_KEYS.has(key) ? [value] : errorCodesIn(value),
  )
}

function handlerOf(name: string): RequestHandler {
  const handler = [...handlersByKey.values()].find(({ api }) => api.name === name)
  if (handler === undefined) throw new Error(`${name} is not served`)
  return handler
}

test('every API that is served can meet a fault, and no other', () => {
  const served = [...handlersByKey.values()].map(({ api }) => api.name)
  expect([...FAULT_APIS].toSorted()).toEqual(served.toSorted())
})

test.each(ANSWERABLE_APIS)('%s: every version has a place for the error', (name) => {
  const { api, minVersion, maxVersion } = handlerOf(name)
  const errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  for (let apiVersion = minVersion; apiVersion <= maxVersion; apiVersion++) {
    const origin = { apiVersion } as RequestOrigin
    const request = onTheWire(api, 'request', REQUESTS[name], apiVersion)
    const answer = errorAnswers[name](request, { errorCode, broker: fakeBroker(), origin })
    const codes = errorCodesIn(onTheWire(api, 'response', answer, apiVersion))
    expect({ apiVersion, codes: codes.filter((code) => code !== 0) }).toEqual({
      apiVersion,
      codes: expect.arrayContaining([errorCode]) as unknown,
    })
    expect(codes.every((code) => code === 0 || code === errorCode)).toBe(true)
  }
})

test.each([
  ['LeaveGroup', ErrorCode.UNKNOWN_MEMBER_ID, 5],
  ['OffsetFetch', ErrorCode.UNSTABLE_OFFSET_COMMIT, 9],
  ['OffsetFetch', ErrorCode.UNSTABLE_OFFSET_COMMIT, 7],
] as const)(
  '%s: %i stands beside what it is about, not on the whole',
  (name, errorCode, apiVersion) => {
    const { api } = handlerOf(name)
    const origin = { apiVersion } as RequestOrigin
    const request = onTheWire(api, 'request', REQUESTS[name], apiVersion)
    const answer = errorAnswers[name](request, { errorCode, broker: fakeBroker(), origin })
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE })
    expect(errorCodesIn(onTheWire(api, 'response', answer, apiVersion))).toContain(errorCode)
  },
)

test.each([
  ['Fetch', { topics: [] }],
  ['Metadata', { topics: [] }],
  ['Produce', { topicData: [] }],
  ['OffsetCommit', { topics: [] }],
  ['OffsetFetch', { groups: [] }],
] as const)('%s for nothing at all has no place for an error', (name, nothing) => {
  const origin = { apiVersion: 8 } as RequestOrigin
  const error = { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, broker: fakeBroker(), origin }
  expect(errorAnswers[name]({ ...REQUESTS[name], ...nothing }, error)).toBeUndefined()
})

test('a produce with acks=0 has no answer: the connection closes', () => {
  const closed: string[] = []
  const origin = { apiVersion: 9, closeConnection: (reason: string) => closed.push(reason) }
  const errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER
  const error = { errorCode, broker: fakeBroker(), origin: origin as unknown as RequestOrigin }
  expect(errorAnswers.Produce({ ...REQUESTS.Produce, acks: 0 }, error)).toBe(NO_RESPONSE)
  expect(closed).toHaveLength(1)
})

test('a fetch session goes on across an error', () => {
  const broker = fakeBroker()
  const origin = { apiVersion: 12 } as RequestOrigin
  const error = { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, broker, origin }
  const first = errorAnswers.Fetch({ ...REQUESTS.Fetch, sessionEpoch: 0 }, error)
  const { sessionId } = first as { sessionId: number }
  expect(sessionId).not.toBe(0)
  const next = errorAnswers.Fetch(
    { ...REQUESTS.Fetch, sessionId, sessionEpoch: 1, topics: [] },
    error,
  )
  expect(next).toMatchObject({ errorCode: ErrorCode.NONE, sessionId })
  expect(errorCodesIn(next)).toContain(error.errorCode)
  expect(broker.fetchSessions.get(sessionId)?.nextEpoch).toBe(2)
})

test('errors of a fetch session stand on the answer as a whole', () => {
  const errorCode = ErrorCode.FETCH_SESSION_ID_NOT_FOUND
  const origin = { apiVersion: 12 } as RequestOrigin
  const answer = errorAnswers.Fetch(REQUESTS.Fetch, { errorCode, broker: fakeBroker(), origin })
  expect(answer).toMatchObject({ errorCode, responses: [] })
})
