import {
  AlterReplicaLogDirs,
  DeleteRecords,
  DescribeLogDirs,
  DescribeProducers,
  DescribeTopicPartitions,
  ElectLeaders,
  encodeRecordBatch,
  ErrorCode,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetForLeaderEpoch,
  Produce,
  ZERO_UUID,
} from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const { KAFKA_STORAGE_ERROR, LEADER_NOT_AVAILABLE, NONE } = ErrorCode

let rig: HandlerRig

/** The dir of `t-1` is not there any more; that of `t-0` is, with a record. */
beforeEach(async () => {
  await using both = await HandlerRig.start({ dirs: ['/a', '/b'] })
  await both.createTopic('t', { partitions: 2 })
  await both.append('t', [{ value: Buffer.from('x') }])
  await both.append('t', [{ value: Buffer.from('y') }], 1)
  rig = await both.restart({ dirs: ['/a'] })
})

test('produce', async () => {
  const records = encodeRecordBatch({
    records: [{ timestamp: 1, key: null, value: Buffer.from('v'), headers: [] }],
  })
  const partitionData = [0, 1].map((index) => ({ index, records: Buffer.from(records) }))
  const topicData = [{ name: 't', topicId: ZERO_UUID, partitionData }]
  const answer = await rig.ask(Produce, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData,
  })
  const codes = answer.responses[0]?.partitionResponses.map(({ errorCode }) => errorCode)
  expect(codes).toEqual([NONE, KAFKA_STORAGE_ERROR])
})

test('fetch', async () => {
  const partitions = [0, 1].map((partition) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1000,
  }))
  const answer = await rig.ask(Fetch, 12, {
    replicaId: -1,
    maxWaitMs: 1000,
    minBytes: 1_000_000,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: 't', topicId: ZERO_UUID, partitions }],
    forgottenTopicsData: [],
    rackId: '',
  })
  expect(answer.responses[0]?.partitions).toMatchObject([
    { errorCode: NONE, highWatermark: 1 },
    { errorCode: KAFKA_STORAGE_ERROR, highWatermark: -1 },
  ])
})

test('offsets, epochs, producers, deletion of records', async () => {
  const at = { partitionIndex: 1, currentLeaderEpoch: -1, timestamp: -1 }
  const offsets = await rig.ask(ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    timeoutMs: 1000,
    topics: [{ name: 't', partitions: [at] }],
  })
  const epochs = await rig.ask(OffsetForLeaderEpoch, 4, {
    replicaId: -1,
    topics: [
      { topic: 't', partitions: [{ partition: 1, currentLeaderEpoch: -1, leaderEpoch: 0 }] },
    ],
  })
  const producers = await rig.ask(DescribeProducers, 0, {
    topics: [{ name: 't', partitionIndexes: [1] }],
  })
  const deleted = await rig.ask(DeleteRecords, 2, {
    topics: [{ name: 't', partitions: [{ partitionIndex: 1, offset: 1 }] }],
    timeoutMs: 1000,
  })
  for (const { topics } of [offsets, epochs, producers, deleted]) {
    expect(topics).toMatchObject([{ partitions: [{ errorCode: KAFKA_STORAGE_ERROR }] }])
  }
})

test('metadata: no leader, and its replica offline', async () => {
  const metadata = await rig.ask(Metadata, 12, {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  const described = await rig.ask(DescribeTopicPartitions, 0, {
    topics: [],
    responsePartitionLimit: 10,
    cursor: null,
  })
  const here = [rig.broker.cluster.nodeId]
  const [leaderId] = here
  const online = { leaderId, replicaNodes: here, isrNodes: here, offlineReplicas: [] }
  const offline = { leaderId: -1, replicaNodes: here, isrNodes: here, offlineReplicas: here }
  expect(metadata.topics[0]?.partitions).toMatchObject([
    { errorCode: NONE, ...online },
    { errorCode: LEADER_NOT_AVAILABLE, ...offline },
  ])
  expect(described.topics[0]?.partitions).toMatchObject([
    { errorCode: NONE, ...online },
    { errorCode: NONE, ...offline },
  ])
})

test('log dirs list what they have', async () => {
  const { results } = await rig.ask(DescribeLogDirs, 4, { topics: null })
  expect(results).toMatchObject([
    { logDir: '/a', topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] },
  ])
})

test('no leader can be elected, nor the partition be moved', async () => {
  const topicPartitions = [{ topic: 't', partitions: [0, 1] }]
  const codes = [ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE]
  for (const [electionType, errorCode] of codes.entries()) {
    const request = { electionType, topicPartitions, timeoutMs: 1000 }
    const { replicaElectionResults } = await rig.ask(ElectLeaders, 2, request)
    expect(replicaElectionResults).toMatchObject([
      { partitionResult: [{ errorCode: ErrorCode.ELECTION_NOT_NEEDED }, { errorCode }] },
    ])
    const all = await rig.ask(ElectLeaders, 2, { ...request, topicPartitions: null })
    expect(all.replicaElectionResults).toMatchObject([
      { topic: 't', partitionResult: [{ partitionId: 1, errorCode }] },
    ])
  }
  const dirs = [{ path: '/a', topics: [{ name: 't', partitions: [1] }] }]
  const { results } = await rig.ask(AlterReplicaLogDirs, 2, { dirs })
  expect(results).toMatchObject([{ partitions: [{ errorCode: KAFKA_STORAGE_ERROR }] }])
})
