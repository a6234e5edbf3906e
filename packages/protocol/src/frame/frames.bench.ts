import { Fetch } from '../generated/fetch.ts'
import { Metadata } from '../generated/metadata.ts'
import { Produce } from '../generated/produce.ts'
import type { Bench } from '@pafka/testing'
import { encodeRecordBatch } from '../record-batch/record-batch-builder.ts'
import { WireReader } from '../wire/wire-reader.ts'
import { encodeRequestFrame, encodeResponseFrame } from './frames.ts'
import { decodeRequestHeader } from './request-header.ts'

const VERSION = 12
const PARTITIONS = 10
const SIZE_BYTES = 4

const batch = encodeRecordBatch({
  records: Array.from({ length: 10 }, (_, at) => ({
    timestamp: 1_700_000_000_000 + at,
    key: null,
    value: Buffer.alloc(100, at),
  })),
})

const partitions = Array.from({ length: PARTITIONS }, (_, index) => index)

const produceFrame = bodyOf(
  encodeRequestFrame(Produce, {
    version: VERSION,
    correlationId: 1,
    clientId: 'bench',
    request: {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [
        {
          name: 'orders',
          topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
          partitionData: partitions.map((index) => ({ index, records: batch })),
        },
      ],
    },
  }),
)

const fetchFrame = bodyOf(
  encodeRequestFrame(Fetch, {
    version: VERSION,
    correlationId: 1,
    clientId: 'bench',
    request: {
      replicaId: -1,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 2 ** 20,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: 0,
      topics: [
        {
          topic: 'orders',
          topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
          partitions: partitions.map((partition) => ({
            partition,
            currentLeaderEpoch: 0,
            fetchOffset: 1000,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            partitionMaxBytes: 2 ** 20,
          })),
        },
      ],
      forgottenTopicsData: [],
      rackId: '',
    },
  }),
)

export const benches: readonly Bench[] = [
  {
    name: 'decode a produce request of 10 partitions, 1 KiB each',
    bytes: produceFrame.length,
    run(times) {
      for (let left = times; left > 0; left--) {
        const reader = new WireReader(produceFrame)
        const { apiVersion } = decodeRequestHeader(reader)
        Produce.request.decode(reader, apiVersion)
      }
    },
  },
  {
    name: 'decode a fetch request of 10 partitions',
    run(times) {
      for (let left = times; left > 0; left--) {
        const reader = new WireReader(fetchFrame)
        const { apiVersion } = decodeRequestHeader(reader)
        Fetch.request.decode(reader, apiVersion)
      }
    },
  },
  {
    name: 'encode a fetch response of 10 partitions, 1 KiB each',
    bytes: batch.length * PARTITIONS,
    run(times) {
      for (let left = times; left > 0; left--) encodeFetchResponse()
    },
  },
  {
    name: 'encode a produce response of 10 partitions',
    run(times) {
      for (let left = times; left > 0; left--) encodeProduceResponse()
    },
  },
  {
    name: 'encode a metadata response of 100 partitions',
    run(times) {
      for (let left = times; left > 0; left--) encodeMetadataResponse()
    },
  },
]

function encodeFetchResponse(): Uint8Array[] {
  return encodeResponseFrame(Fetch, VERSION, 1, {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId: 0,
    responses: [
      {
        topic: 'orders',
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          errorCode: 0,
          highWatermark: 2000,
          lastStableOffset: 2000,
          logStartOffset: 0,
          abortedTransactions: null,
          preferredReadReplica: -1,
          records: batch,
        })),
      },
    ],
  })
}

function encodeProduceResponse(): Uint8Array[] {
  return encodeResponseFrame(Produce, VERSION, 1, {
    responses: [
      {
        name: 'orders',
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partitionResponses: partitions.map((index) => ({
          index,
          errorCode: 0,
          baseOffset: 1_000_000,
          logAppendTimeMs: -1,
          logStartOffset: 0,
          recordErrors: [],
          errorMessage: null,
        })),
      },
    ],
    throttleTimeMs: 0,
  })
}

function encodeMetadataResponse(): Uint8Array[] {
  return encodeResponseFrame(Metadata, VERSION, 1, {
    throttleTimeMs: 0,
    brokers: [{ nodeId: 1, host: 'localhost', port: 9092, rack: null }],
    clusterId: 'bench',
    controllerId: 1,
    topics: [
      {
        errorCode: 0,
        name: 'orders',
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        isInternal: false,
        partitions: Array.from({ length: 100 }, (_, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: 1,
          leaderEpoch: 0,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: [],
        })),
        topicAuthorizedOperations: 0,
      },
    ],
    clusterAuthorizedOperations: 0,
    errorCode: 0,
  })
}

function bodyOf(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces).subarray(SIZE_BYTES)
}
