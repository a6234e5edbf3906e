import { seededRandom, systemClock } from '@pafka/base'
import {
  encodeRecordBatch,
  ErrorCode,
  Fetch,
  type FetchRequest,
  type FetchResponse,
  type FetchResponsePartitionData,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { MetadataKeeper } from '../cluster/metadata-keeper.ts'
import { BrokerVersions } from '../connection/api-versions.ts'
import { connectionLost } from '../errors/client-errors.ts'
import { ClientCounts } from '../watch/client-counts.ts'
import { BrokerFetcher } from './broker-fetcher.ts'
import { DEFAULT_BUFFER_BYTES, FetchBudget } from './fetch-budget.ts'
import { PartitionReader } from './partition-reader.ts'

const VERSIONS = new BrokerVersions('b', [{ apiKey: Fetch.key, minVersion: 4, maxVersion: 12 }])
const NO_DATA: FetchResponsePartitionData = {
  ...{ partitionIndex: 0, errorCode: 0, highWatermark: 0, lastStableOffset: 0 },
  ...{ logStartOffset: 0, abortedTransactions: [], preferredReadReplica: -1, records: null },
}
const NODES = new Map([[5, { id: 5, host: 'b', port: 5, rack: null }]])

type Answered = 'lost' | Given

type Given = Partial<FetchResponsePartitionData> & { readonly topError?: number }

function responseOf({ topError = 0, ...data }: Given): FetchResponse {
  return {
    ...{ throttleTimeMs: 0, errorCode: topError, sessionId: 7, nodeEndpoints: [] },
    responses: [{ topic: 't', topicId: '', partitions: [{ ...NO_DATA, ...data }] }],
  }
}

/** A reader of one partition, whose broker always answers the same, at once. */
function stage(answer: () => Answered, bufferBytes = DEFAULT_BUFFER_BYTES) {
  const clock = new ManualClock()
  const random = seededRandom(1)
  /** Epochs of sessions. */
  const asked: number[] = []
  const told: string[] = []
  const metadata = new MetadataKeeper({
    ...{ clock, random, maxAgeMs: 300_000 },
    ask: () => Promise.resolve({ clusterId: null, controllerId: -1, nodes: NODES, topics: [] }),
  })
  const send = ({ request }: { readonly request: FetchRequest }): Promise<FetchResponse> => {
    asked.push(request.sessionEpoch)
    // lest it is asked without an end where nothing waits
    if (asked.length > 100) return new Promise(() => {})
    const answered = answer()
    return answered === 'lost'
      ? Promise.reject(connectionLost('b', 'was cut'))
      : Promise.resolve(responseOf(answered))
  }
  const reader = new PartitionReader('t', 0)
  reader.seek(0)
  const fetcher = new BrokerFetcher({
    ...{ clock, random, nodeId: 1, lane: 'fetch-1' },
    cluster: {
      ...{ metadata, metadataMaxAgeMs: 300_000, requestTimeoutMs: 30_000 },
      counts: new ClientCounts(systemClock, undefined),
      connectionTo: () =>
        Promise.resolve({ connection: { send: send as never, giveBack() {} }, versions: VERSIONS }),
    },
    terms: { readsCommitted: true, rack: '' },
    budget: new FetchBudget({
      ...{ bufferBytes, readers: new Map([[reader, undefined]]) },
      ...{ brokersCount: () => 1, isAnyReady: () => reader.isReady },
    }),
    ready: () => told.push('ready'),
    outOfRange: () => told.push('out of range'),
    moved: () => told.push(`moved to ${reader.preferred?.nodeId ?? 'its leader'}`),
  })
  fetcher.add(reader)
  return {
    ...{ clock, metadata, reader, fetcher, told },
    /** What was asked since. */
    asks: async (): Promise<number[]> => {
      for (let turns = 0; turns < 5; turns++) {
        // oxlint-disable-next-line no-await-in-loop -- until what was begun is done
        await new Promise(setImmediate)
      }
      return asked.splice(0)
    },
  }
}

test.each([ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.KAFKA_STORAGE_ERROR])(
  'a broker that refuses a whole fetch is asked again, but not at once: %i',
  async (topError) => {
    const { asks, clock, fetcher, reader } = stage(() => ({ topError }))
    expect(await asks()).toEqual([0])
    // nor because somebody took something meanwhile
    fetcher.wake()
    expect(await asks()).toEqual([])
    for (let times = 0; times < 5; times++) clock.advance(50)
    expect(await asks()).toEqual([0])
    for (let times = 0; times < 5; times++) clock.advance(30)
    expect(await asks()).toEqual([])
    clock.advance(2000)
    expect(await asks()).toEqual([0])
    expect(reader.hasFailed).toBe(false)
  },
)

test('a session that is forgotten begins anew at once, but not again and again', async () => {
  const errors: number[] = [ErrorCode.FETCH_SESSION_ID_NOT_FOUND]
  const { asks, clock } = stage(() => ({ topError: errors.shift() ?? 0, errorCode: 6 }))
  expect(await asks()).toEqual([0, 0])
  errors.push(ErrorCode.INVALID_FETCH_SESSION_EPOCH, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  clock.advance(2000)
  expect(await asks()).toEqual([1, 0])
  clock.advance(2000)
  expect(await asks()).toEqual([0])
})

test('what nobody may fetch is told', async () => {
  const topError = ErrorCode.CLUSTER_AUTHORIZATION_FAILED
  const { asks, reader, told } = stage(() => ({ topError }))
  expect(await asks()).toEqual([0])
  expect(told).toEqual(['ready'])
  expect(() => reader.take()).toThrow('Fetch: CLUSTER_AUTHORIZATION_FAILED')
})

test('partitions that are all refused are asked for again, but not at once', async () => {
  const { asks, clock } = stage(() => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }))
  expect(await asks()).toEqual([0])
  clock.advance(2000)
  expect(await asks()).toEqual([1])
})

test('an offset that is nowhere is not asked for again and again at once', async () => {
  const { asks, clock, fetcher, told } = stage(() => ({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }))
  expect(await asks()).toHaveLength(2)
  expect(told).toEqual(['out of range', 'out of range'])
  fetcher.wake()
  expect(await asks()).toEqual([])
  clock.advance(2000)
  expect(await asks()).toHaveLength(1)
})

test('a follower that cannot be reached leaves the partition to its leader', async () => {
  const { asks, reader, told } = stage(() => 'lost')
  reader.preferred = { nodeId: 1, untilMs: Infinity }
  expect(await asks()).toHaveLength(1)
  expect(told).toEqual(['moved to its leader'])
})

test('a follower that lags behind leaves the partition to its leader', async () => {
  const { asks, fetcher, reader, told } = stage(() => {
    fetcher.remove(reader)
    return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }
  })
  reader.preferred = { nodeId: 1, untilMs: Infinity }
  expect(await asks()).toHaveLength(1)
  expect(told).toEqual(['moved to its leader'])
})

test('a follower of which nobody knows is not gone to', async () => {
  const { asks, clock, metadata, reader, told } = stage(() => ({ preferredReadReplica: 5 }))
  expect(await asks()).toEqual([0])
  expect([reader.preferred, told]).toEqual([undefined, []])
  await metadata.refresh()
  clock.advance(2000)
  await asks()
  expect(told[0]).toBe('moved to 5')
})

const RECORD_BYTES = 600_000

/** A broker that has more each time. */
function stageOfLargeRecords() {
  let baseOffset = 0
  return stage(() => {
    const value = Buffer.alloc(RECORD_BYTES)
    const records = encodeRecordBatch({
      ...{ baseOffset: baseOffset++, records: [{ timestamp: 1, key: null, value }] },
    })
    return { records: [records], highWatermark: 1000 }
  })
}

test('the next fetch runs while a program is at what came, until enough is buffered', async () => {
  const { asks, reader } = stageOfLargeRecords()
  // nobody took anything: with the fourth there are more than two million bytes
  expect(await asks()).toHaveLength(4)
  expect(reader.fetchOffset).toBe(4)
  expect(reader.bufferedBytes).toBeGreaterThan(4 * RECORD_BYTES)
})

test('a partition of which enough is buffered is fetched when some of it is taken', async () => {
  const { asks, fetcher, reader } = stageOfLargeRecords()
  await asks()
  fetcher.wake()
  expect(await asks()).toEqual([])
  expect(reader.take()?.lastOffset).toBe(0)
  expect(reader.take()?.lastOffset).toBe(1)
  fetcher.wake()
  expect(await asks()).toHaveLength(1)
  expect(reader.fetchOffset).toBe(5)
})

test('an end that a damaged batch alone tells of begins nothing anew', async () => {
  const first = encodeRecordBatch({
    records: [{ timestamp: 1, key: null, value: Buffer.from('a') }],
  })
  const damaged = Buffer.from(first)
  damaged.writeBigInt64BE(1n) // its base offset
  damaged.writeInt32BE(2 ** 30, 23) // and how many there are, says who flipped bits
  let answers = 0
  const { asks, clock, reader, told } = stage(() => {
    answers += 1
    return answers === 1
      ? { records: [Buffer.concat([first, damaged])], highWatermark: 2 }
      : { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }
  })
  await asks()
  expect(reader.fetchOffset).toBeGreaterThan(2 ** 30)
  clock.advance(2000)
  await asks()
  expect(told).toEqual(['ready'])
  expect(reader.take()?.lastOffset).toBe(0)
  // damaged: it is fetched again, from there
  expect(reader.take()).toBeUndefined()
  expect(reader.fetchOffset).toBe(1)
  clock.advance(2000)
  await asks()
  // now it is known
  expect(told.at(-1)).toBe('out of range')
})
