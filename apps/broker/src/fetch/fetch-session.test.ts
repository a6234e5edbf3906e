import { ErrorCode, type FetchRequest, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { type FetchPlan, planFetch } from './fetch-plan.ts'
import { FetchSessionCache } from './fetch-session.ts'

const VERSION = 12

function cacheOf(slots: number): FetchSessionCache {
  let drawn = 0
  return new FetchSessionCache({ slots, evictionMs: 1000, random: () => (drawn++ % 97) / 97 })
}

interface Asked {
  readonly sessionId?: number
  readonly sessionEpoch?: number
  readonly partitions?: Readonly<Record<number, number>>
  readonly forgotten?: readonly number[]
}

/** A fetch of topic `t`: partition to offset. */
function request({
  sessionId = 0,
  sessionEpoch = -1,
  partitions = {},
  forgotten = [],
}: Asked): FetchRequest {
  const asked = Object.entries(partitions).map(([partition, fetchOffset]) => ({
    partition: Number(partition),
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1000,
  }))
  return {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 10_000,
    isolationLevel: 0,
    sessionId,
    sessionEpoch,
    topics: asked.length === 0 ? [] : [{ topic: 't', topicId: ZERO_UUID, partitions: asked }],
    forgottenTopicsData:
      forgotten.length === 0 ? [] : [{ topic: 't', topicId: ZERO_UUID, partitions: forgotten }],
    rackId: '',
  }
}

function plan(cache: FetchSessionCache, asked: Asked, nowMs = 0): FetchPlan {
  const planned = planFetch(request(asked), VERSION, cache, nowMs)
  if (typeof planned === 'number') throw new Error(`refused with ${planned}`)
  return planned
}

const offsets = ({ partitions }: FetchPlan): [number, number][] =>
  Array.from(partitions.values(), ({ partition, fetchOffset }) => [partition, fetchOffset])

test('a session remembers its partitions, and takes what changed', () => {
  const cache = cacheOf(10)
  const first = plan(cache, { sessionEpoch: 0, partitions: { 0: 5, 1: 6, 2: 7 } })
  const sessionId = first.session?.id ?? 0
  expect(first.full).toBe(true)
  const second = plan(cache, { sessionId, sessionEpoch: 1, partitions: { 1: 60 }, forgotten: [2] })
  expect(second.full).toBe(false)
  expect(offsets(second)).toEqual([
    [0, 5],
    [1, 60],
  ])
  expect(offsets(plan(cache, { sessionId, sessionEpoch: 2, partitions: { 9: 1 } }))).toEqual([
    [0, 5],
    [1, 60],
    [9, 1],
  ])
})

test('a wrong epoch and an unknown session are refused, and change nothing', () => {
  const cache = cacheOf(10)
  const sessionId = plan(cache, { sessionEpoch: 0, partitions: { 0: 5 } }).session?.id ?? 0
  const wrong = request({ sessionId, sessionEpoch: 2, partitions: { 0: 99 } })
  expect(planFetch(wrong, VERSION, cache, 0)).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
  const unknown = request({ sessionId: sessionId + 1, sessionEpoch: 1 })
  expect(planFetch(unknown, VERSION, cache, 0)).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  expect(offsets(plan(cache, { sessionId, sessionEpoch: 1 }))).toEqual([[0, 5]])
})

test.each([
  [12, 13],
  [13, 12],
])(
  'a session begun in version %i cannot go on in %i: topics are named otherwise',
  (begun, next) => {
    const cache = cacheOf(10)
    const begins = planFetch(request({ sessionEpoch: 0, partitions: { 0: 5 } }), begun, cache, 0)
    const sessionId = typeof begins === 'number' ? 0 : (begins.session?.id ?? 0)
    const going = request({ sessionId, sessionEpoch: 1 })
    expect(planFetch(going, next, cache, 0)).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
    expect(planFetch(going, begun, cache, 0)).toMatchObject({ full: false })
  },
)

test('the final epoch ends a session', () => {
  const cache = cacheOf(10)
  const sessionId = plan(cache, { sessionEpoch: 0, partitions: { 0: 5 } }).session?.id ?? 0
  expect(plan(cache, { sessionId, sessionEpoch: -1, partitions: { 0: 5 } }).session).toBeUndefined()
  expect(cache.size).toBe(0)
})

test('a full cache gives no session until its oldest is out of use', () => {
  const cache = cacheOf(2)
  const start = (nowMs: number): number | undefined =>
    plan(cache, { sessionEpoch: 0, partitions: { 0: 1 } }, nowMs).session?.id
  const [oldest, newer] = [start(0), start(10)]
  expect(start(500)).toBeUndefined()
  expect(start(1005)).toBeDefined()
  expect([cache.get(oldest ?? 0), cache.get(newer ?? 0)]).toEqual([undefined, expect.anything()])
})

test('without slots every fetch is a full one', () => {
  expect(plan(cacheOf(0), { sessionEpoch: 0, partitions: { 0: 1 } }).session).toBeUndefined()
})

test('a partition that was served goes to the end of the line', () => {
  const cache = cacheOf(10)
  const { session } = plan(cache, { sessionEpoch: 0, partitions: { 0: 1, 1: 1, 2: 1 } })
  session?.moveToEnd('t/0')
  const next = plan(cache, { sessionId: session?.id ?? 0, sessionEpoch: 1 })
  expect(offsets(next).map(([partition]) => partition)).toEqual([1, 2, 0])
})
