import { seededRandom } from '@pafka/base'
import {
  encodeRecordBatch,
  ErrorCode,
  ShareAcknowledge,
  type ShareAcknowledgeRequest,
  ShareFetch,
  type ShareFetchRequest,
  type ShareFetchResponse,
  type ShareFetchResponsePartitionData,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { TopicAnswer } from '../cluster/cluster-metadata.ts'
import { MetadataKeeper } from '../cluster/metadata-keeper.ts'
import { BrokerVersions } from '../connection/api-versions.ts'
import { connectionLost } from '../errors/client-errors.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { utf8 } from '../serde/utf8.ts'
import { Deadline } from '../time/deadline.ts'
import type { ShareConnection } from './share-brokers.ts'
import { ShareFlow } from './share-flow.ts'
import type { ShareJob } from './share-job.ts'

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const PLACE = { topic: 't', partition: 0 }
const LOCK_MS = 30_000

type Answered = Partial<ShareFetchResponsePartitionData> & { readonly topError?: number }

/** A request that a broker has not answered yet. */
interface Asked {
  /** In short: to whom, its epoch, what it says of records. */
  readonly text: string
  answer(data?: Answered): void
  fail(): void
}

/** Three records from that offset on, all of them acquired. */
function three(at: number): Answered {
  const records = [0, 1, 2].map((index) => {
    return { timestamp: 1000, key: null, value: Buffer.from(`${at + index}`) }
  })
  return {
    records: encodeRecordBatch({ baseOffset: at, records }),
    acquiredRecords: [{ firstOffset: at, lastOffset: at + 2, deliveryCount: 1 }],
  }
}

function stage() {
  const clock = new ManualClock()
  const random = seededRandom(1)
  const asked: Asked[] = []
  const refused: string[] = []
  const onConnect: (() => void)[] = []
  const failed: string[] = []
  let leaderId = 1
  const metadata = new MetadataKeeper({
    ...{ clock, random, maxAgeMs: 300_000 },
    ask: () => Promise.resolve({ ...nodes(), topics: [topicOf(leaderId)] }),
  })
  metadata.watch('t')
  const connect = (nodeId: number): ShareConnection['connection'] => ({
    broker: `b${nodeId}`,
    send: ({ api, request }) => {
      const { promise, resolve, reject } = Promise.withResolvers<never>()
      asked.push({
        text: `${nodeId} ${textOf(api.name, request as never)}`,
        answer: (data = {}) => resolve(responseOf(data) as never),
        fail: () => reject(connectionLost(`b${nodeId}`, 'was cut')),
      })
      return promise
    },
  })
  const open = new Map<number, ShareConnection>()
  const flow = new ShareFlow<string, string>({
    ...{ clock, random, lane: 'fetch-1', memberId: () => 'm' },
    cluster: {
      ...{ metadata, requestTimeoutMs: 30_000 },
      connectionTo: (nodeId) => {
        onConnect.splice(0).forEach((act) => act())
        const way = open.get(nodeId) ?? { connection: connect(nodeId), versions: VERSIONS }
        open.set(nodeId, way)
        return Promise.resolve(way)
      },
    },
    terms: { groupId: 'g', maxRecords: 500, isStrict: false },
    sourceOf: (place) => ({ ...place, key: utf8(), value: utf8() }),
    refused: (job: ShareJob<string, string>, { code }: KafkaError) => {
      refused.push(`${job.value} ${code}`)
    },
    failed: ({ code }) => failed.push(code),
  })
  return {
    ...{ clock, flow, refused, failed, metadata, onConnect },
    /** What was asked since. */
    asks: async (): Promise<Asked[]> => {
      for (let turns = 0; turns < 5; turns++) {
        // oxlint-disable-next-line no-await-in-loop -- until what was begun is done
        await new Promise(setImmediate)
      }
      return asked.splice(0)
    },
    leads: async (nodeId: number): Promise<void> => {
      leaderId = nodeId
      await metadata.refresh()
    },
    /** The connections there are are other ones from now on. */
    reconnects: () => open.clear(),
  }
}

const VERSIONS = new BrokerVersions(
  'b',
  [ShareFetch, ShareAcknowledge].map(({ key: apiKey }) => {
    return { apiKey, minVersion: 1, maxVersion: 2 }
  }),
)

function nodes() {
  const node = (id: number) => ({ id, host: 'b', port: id, rack: null })
  const known = new Map([1, 2].map((id) => [id, node(id)]))
  return { clusterId: 'c', controllerId: 1, nodes: known }
}

function topicOf(leaderId: number): TopicAnswer {
  const partition = {
    ...{ partition: 0, leaderId, leaderEpoch: leaderId, replicas: [1], inSyncReplicas: [1] },
    offlineReplicas: [],
  }
  return { name: 't', topic: { name: 't', id: ID, isInternal: false, partitions: [partition] } }
}

function textOf(api: string, request: ShareFetchRequest | ShareAcknowledgeRequest): string {
  const said = request.topics.flatMap(({ partitions }) => {
    return partitions.flatMap(({ acknowledgementBatches }) => {
      return acknowledgementBatches.map(({ firstOffset, lastOffset, acknowledgeTypes }) => {
        return `${firstOffset}-${lastOffset}:${acknowledgeTypes.join('')}`
      })
    })
  })
  const gone = 'forgottenTopicsData' in request && request.forgottenTopicsData.length > 0
  const words = [api.slice('Share'.length), request.shareSessionEpoch, ...said]
  return [...words, ...(gone ? ['forgets'] : [])].join(' ')
}

function responseOf({ topError = 0, ...data }: Answered): ShareFetchResponse {
  const partition: ShareFetchResponsePartitionData = {
    ...{ partitionIndex: 0, errorCode: 0, errorMessage: null, acknowledgeErrorCode: 0 },
    ...{ acknowledgeErrorMessage: null, records: new Uint8Array(0), acquiredRecords: [] },
    ...{ currentLeader: { leaderId: -1, leaderEpoch: -1 }, ...data },
  }
  return {
    ...{ throttleTimeMs: 0, errorCode: topError, errorMessage: null, nodeEndpoints: [] },
    acquisitionLockTimeoutMs: LOCK_MS,
    responses: [{ topicId: ID, partitions: [partition] }],
  }
}

async function given(all: ReturnType<typeof stage>) {
  await all.leads(1)
  all.flow.assign([PLACE])
  const [first] = await all.asks()
  expect(first?.text).toBe('1 Fetch 0')
  first?.answer(three(0))
  const [second] = await all.asks()
  expect(second?.text).toBe('1 Fetch 1')
  const hold = all.flow.take()
  const job = hold?.next()
  expect(job?.value).toBe('0')
  return { waiting: second, hold, job }
}

test('what is said of a job goes with the next fetch', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  job?.accept()
  expect(await all.asks()).toEqual([])
  waiting?.answer()
  const [next] = await all.asks()
  expect(next?.text).toBe('1 Fetch 2 0-0:1')
  next?.answer()
  await all.asks()
  expect(all.refused).toEqual([])
})

test('a renewal goes with no fetch, though it is said when one is about to begin', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  let isRenewed = false
  all.onConnect.push(() => void job?.renew().then(() => (isRenewed = true)))
  waiting?.answer()
  const [fetch] = await all.asks()
  expect(fetch?.text).toBe('1 Fetch 2')
  fetch?.answer()
  const [renewal] = await all.asks()
  expect(renewal?.text).toBe('1 Acknowledge 3 0-0:4')
  all.clock.advance(1000)
  renewal?.answer()
  await all.asks()
  expect(isRenewed).toBe(true)
  expect(job?.lockedForMs).toBe(LOCK_MS - 1000)
})

test('what is said in time, and cannot be sent in time, is told and not sent', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  job?.accept()
  all.clock.advance(LOCK_MS)
  waiting?.answer()
  const [next] = await all.asks()
  // what waits in memory was to be renewed meanwhile
  expect(next?.text).toBe('1 Acknowledge 2 1-2:4')
  expect(all.refused).toEqual(['0 LOCK_EXPIRED'])
})

test('what is said too late is told at once', async () => {
  const all = stage()
  const { job } = await given(all)
  all.clock.advance(LOCK_MS)
  job?.accept()
  expect(all.refused).toEqual(['0 LOCK_EXPIRED'])
  await expect(job?.renew()).rejects.toMatchObject({ code: 'ALREADY_SETTLED' })
})

test('what is not there any more is told to the broker', async () => {
  const all = stage()
  const { waiting, hold } = await given(all)
  const acquiredRecords = [{ firstOffset: 3, lastOffset: 7, deliveryCount: 2 }]
  waiting?.answer({ ...three(5), acquiredRecords })
  const [running] = await all.asks()
  expect(hold?.next()?.offset).toBe(1)
  const job = all.flow.take()?.next()
  expect([job?.offset, job?.deliveryCount]).toEqual([5, 2])
  const settled = all.flow.settled()
  running?.answer()
  const [said] = await all.asks()
  expect(said?.text).toBe('1 Acknowledge 3 3-4:0')
  said?.answer()
  await settled
})

test('who waits for answers need not wait for records', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  job?.accept()
  const settled = all.flow.settled()
  waiting?.answer()
  const [next] = await all.asks()
  expect(next?.text).toBe('1 Acknowledge 2 0-0:1')
  next?.answer()
  await settled
})

test('where another broker leads, what nobody took is given back; jobs are lost', async () => {
  const all = stage()
  const { waiting, hold, job } = await given(all)
  const { signal } = job ?? {}
  await all.leads(2)
  const [other] = await all.asks()
  expect(other?.text).toBe('2 Fetch 0')
  expect(hold?.next()).toBeUndefined()
  waiting?.answer({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  expect(signal?.aborted).toBe(false)
  await all.asks()
  expect(signal?.aborted).toBe(true)
  job?.accept()
  expect(all.refused).toEqual(['0 NOT_LEADER_OR_FOLLOWER'])
  all.clock.advance(2000)
  const [back] = await all.asks()
  expect(back?.text).toBe('1 Acknowledge 2 1-2:2')
  back?.answer()
  expect(await all.asks()).toEqual([])
  expect(all.failed).toEqual([])
})

test('a job of a partition that went to another member is still its own', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  all.flow.unassign([PLACE])
  job?.accept()
  waiting?.answer(three(3))
  const [said] = await all.asks()
  // what came since, and what nobody took, is given back
  expect(said?.text).toBe('1 Acknowledge 2 0-0:1 1-5:2')
  said?.answer()
  expect(await all.asks()).toEqual([])
  expect(all.refused).toEqual([])
})

test.each([ErrorCode.SHARE_SESSION_NOT_FOUND, ErrorCode.INVALID_SHARE_SESSION_EPOCH])(
  'a session that the broker does not have begins anew, without what it gave: %i',
  async (topError) => {
    const all = stage()
    const { waiting, hold, job } = await given(all)
    waiting?.answer({ topError })
    const [anew] = await all.asks()
    expect(anew?.text).toBe('1 Fetch 0')
    expect(hold?.next()).toBeUndefined()
    job?.accept()
    expect(all.refused).toEqual(['0 SHARE_SESSION_LOST'])
  },
)

test('a connection that was made anew has no session', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  all.reconnects()
  job?.accept()
  waiting?.answer()
  const [anew] = await all.asks()
  expect(anew?.text).toBe('1 Fetch 0')
  expect(all.refused).toEqual(['0 SHARE_SESSION_LOST'])
})

test('a broker that cannot be reached is asked again, but not at once', async () => {
  const all = stage()
  const { waiting, job } = await given(all)
  job?.release()
  waiting?.fail()
  expect(await all.asks()).toEqual([])
  expect(all.refused).toEqual(['0 SHARE_SESSION_LOST'])
  all.clock.advance(500)
  const [anew] = await all.asks()
  anew?.answer({ topError: ErrorCode.SHARE_SESSION_LIMIT_REACHED })
  expect(await all.asks()).toEqual([])
  all.clock.advance(2000)
  expect((await all.asks()).map(({ text }) => text)).toEqual(['1 Fetch 0'])
  expect(all.failed).toEqual([])
})

test('a partition that is refused again and again is asked for less and less often', async () => {
  const all = stage()
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  await all.leads(1)
  all.flow.assign([PLACE])
  for (let times = 0; times < 8; times++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const [ask] = await all.asks()
    expect(ask?.text).toBe(`1 Fetch ${times}`)
    ask?.answer({ errorCode })
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await all.asks()).toEqual([])
    all.clock.advance(times < 7 ? 2000 : 500)
  }
  expect(await all.asks()).toEqual([])
  all.clock.advance(2000)
  expect(await all.asks()).toHaveLength(1)
})

test('what nobody may do is told', async () => {
  const all = stage()
  const { waiting } = await given(all)
  waiting?.answer({ topError: ErrorCode.GROUP_AUTHORIZATION_FAILED })
  await all.asks()
  expect(all.failed).toEqual(['GROUP_AUTHORIZATION_FAILED'])
})

test('at the end all is said, and then the session is ended', async () => {
  const all = stage()
  const { waiting, hold, job } = await given(all)
  const second = hold?.next()
  job?.accept()
  const deadline = new Deadline(all.clock, 5000)
  const closing = all.flow.close(connectionLost('b', 'is closed'), { deadline })
  waiting?.answer()
  const [said] = await all.asks()
  expect(said?.text).toBe('1 Acknowledge 2 0-0:1 1-1:2')
  said?.answer()
  const [end] = await all.asks()
  expect(end?.text).toBe('1 Acknowledge -1')
  end?.answer()
  await closing
  expect(second?.signal.aborted).toBe(true)
})

test('a broker that does not answer holds up the end for a time only', async () => {
  const all = stage()
  const { job } = await given(all)
  job?.accept()
  const deadline = new Deadline(all.clock, 5000)
  const closing = all.flow.close(connectionLost('b', 'is closed'), { deadline })
  await all.asks()
  all.clock.advance(5000)
  await closing
  expect(all.refused).toEqual(['0 CONNECTION_LOST'])
})
