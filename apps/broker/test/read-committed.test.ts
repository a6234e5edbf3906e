import type { PartitionLog } from '@pafka/log'
import {
  encodeEndTransactionMarker,
  encodeRecordBatch,
  Fetch,
  type FetchResponsePartitionData,
  ListOffsets,
  readBatches,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const LATEST = -1

interface World extends AsyncDisposable {
  readonly rig: HandlerRig
  readonly log: PartitionLog
}

async function begin(): Promise<World> {
  const rig = await HandlerRig.start()
  const { topic } = await rig.createTopic('a', { partitions: 1 })
  const log = topic?.partitions[0]?.log
  if (log === undefined) throw new Error('the topic has no log')
  return { rig, log, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

/** A record in a transaction of a producer. */
function send({ rig, log }: World, producerId: number, baseSequence = 0): void {
  const records = [{ timestamp: rig.clock.nowMs(), key: null, value: Buffer.from('v') }]
  const producer = { producerId, producerEpoch: 0, baseSequence, transactional: true }
  const bytes = encodeRecordBatch({ records, ...producer })
  const options = { origin: 'client', leaderEpoch: 0, transactionVerified: true } as const
  expect(log.appendAsLeader(bytes, options).errorCode).toBe(0)
}

function end({ rig, log }: World, producerId: number, commit: boolean): void {
  const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, commit }
  const bytes = encodeEndTransactionMarker({ ...marker, timestamp: rig.clock.nowMs() })
  log.appendAsLeader(bytes, { origin: 'coordinator', leaderEpoch: 0 })
}

async function fetched(
  { rig }: World,
  isolationLevel: number,
  fetchOffset = 0,
): Promise<FetchResponsePartitionData> {
  const partition = { partition: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
  const partitions = [{ ...partition, fetchOffset, logStartOffset: -1, partitionMaxBytes: 10_000 }]
  const answer = await rig.ask(Fetch, 12, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 10_000,
    isolationLevel,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: 'a', partitions }],
    forgottenTopicsData: [],
    rackId: '',
  } as never)
  const data = answer.responses[0]?.partitions[0]
  if (data === undefined) throw new Error('no answer for the partition')
  return data
}

function offsetsOf({ records }: FetchResponsePartitionData): number[] {
  const bytes = records instanceof Uint8Array ? records : new Uint8Array(0)
  return Array.from(readBatches(bytes), ({ baseOffset }) => baseOffset)
}

test('who reads committed records stops at what is open, who reads all does not', async () => {
  await using world = await begin()
  send(world, 7)
  end(world, 7, true)
  send(world, 8)
  await world.log.flush()
  const all = await fetched(world, READ_UNCOMMITTED)
  expect([offsetsOf(all), all.lastStableOffset, all.highWatermark]).toEqual([[0, 1, 2], 2, 3])
  expect(all.abortedTransactions).toBeNull()
  const committed = await fetched(world, READ_COMMITTED)
  expect([offsetsOf(committed), committed.lastStableOffset]).toEqual([[0, 1], 2])
  expect(committed.abortedTransactions).toEqual([])
  const none = await fetched(world, READ_COMMITTED, 2)
  expect([offsetsOf(none), none.errorCode]).toEqual([[], 0])
})

test('it is told what was aborted, where the marker is beyond the answer as well', async () => {
  await using world = await begin()
  send(world, 7)
  end(world, 7, false)
  send(world, 7, 1)
  end(world, 7, false)
  send(world, 8)
  send(world, 9)
  end(world, 9, true)
  end(world, 8, false)
  await world.log.flush()
  const data = await fetched(world, READ_COMMITTED)
  expect(data.abortedTransactions).toEqual([
    { producerId: 7, firstOffset: 0 },
    { producerId: 7, firstOffset: 2 },
    { producerId: 8, firstOffset: 4 },
  ])
  expect((await fetched(world, READ_COMMITTED, 5)).abortedTransactions).toEqual([
    { producerId: 8, firstOffset: 4 },
  ])
})

test('the latest offset is that of what one may read', async () => {
  await using world = await begin()
  send(world, 7)
  end(world, 7, true)
  send(world, 8)
  await world.log.flush()
  const latest = async (isolationLevel: number): Promise<number | undefined> => {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: LATEST }]
    const topics = [{ name: 'a', partitions }]
    const request = { replicaId: -1, isolationLevel, timeoutMs: 0, topics }
    const answer = await world.rig.ask(ListOffsets, 9, request)
    return answer.topics[0]?.partitions[0]?.offset
  }
  expect([await latest(READ_UNCOMMITTED), await latest(READ_COMMITTED)]).toEqual([3, 2])
})
