import {
  encodeRecordBatch,
  ErrorCode,
  Fetch,
  type FetchResponse,
  Metadata,
  Produce,
  ZERO_UUID,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test, vi } from 'vitest'

import { AdvanceableClock, Broker } from '../src/index.ts'
import { WireClient } from '../src/try/wire-client.ts'
import { type Entity, setQuotas } from './quota-requests.ts'
import { fetchOnce, produceBytes, valuesOf } from './wire.ts'

const TOPIC = 'bounded'

interface Stage extends AsyncDisposable {
  readonly broker: Broker
  readonly clock: { advance(byMs: number): void }
  connect(clientId: string): Promise<WireClient>
  setQuotas(entity: Entity, quotas: Readonly<Record<string, number | null>>): Promise<void>
}

/** Time stands still but for what a test advances, unless a clock is given. */
async function stage(clock: ManualClock | AdvanceableClock = new ManualClock()): Promise<Stage> {
  const broker = await Broker.start({ clock, topics: [TOPIC] })
  const admin = await WireClient.connect(broker.bootstrap, 'admin')
  return {
    broker,
    clock,
    connect: (clientId) => WireClient.connect(broker.bootstrap, clientId),
    setQuotas: (entity, quotas) => setQuotas(admin, entity, quotas),
    [Symbol.asyncDispose]: () => broker.stop(),
  }
}

function batchOf(sizeBytes: number): Uint8Array {
  const value = Buffer.alloc(sizeBytes, 'x')
  return encodeRecordBatch({ records: [{ timestamp: 0, key: null, value, headers: [] }] })
}

/** @returns the throttle time that the answer told. */
async function produce(client: WireClient, sizeBytes: number): Promise<number> {
  const partitionData = [{ index: 0, records: batchOf(sizeBytes) }]
  const topicData = [{ name: TOPIC, topicId: ZERO_UUID, partitionData }]
  const request = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData }
  const answer = await client.send(Produce, 9, request)
  expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.NONE)
  return answer.throttleTimeMs
}

interface SessionWish {
  readonly offset?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
}

function fetchIn(
  client: WireClient,
  { offset = 0, sessionId = 0, sessionEpoch = 0 }: SessionWish = {},
): Promise<FetchResponse> {
  const asked = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1 << 20,
  }
  return client.send(Fetch, 12, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    isolationLevel: 0,
    sessionId,
    sessionEpoch,
    topics: [{ topic: TOPIC, topicId: ZERO_UUID, partitions: [asked] }],
    forgottenTopicsData: [],
    rackId: '',
  })
}

function records({ responses }: FetchResponse): number {
  return responses[0]?.partitions[0] === undefined ? 0 : valuesOf(responses[0].partitions[0]).length
}

/** Long enough for an answer that nothing holds back. */
const aWhile = (): Promise<'nothing'> => {
  return new Promise((resolve) => setTimeout(() => resolve('nothing'), 50))
}

test('a producer over its bytes is told at once, and not read until its time is over', async () => {
  await using at = await stage()
  await at.setQuotas({ 'client-id': 'app' }, { producer_byte_rate: 1000 })
  using app = await at.connect('app')
  using other = await at.connect('other')
  expect(await produce(app, 5000)).toBe(0)
  const throttleMs = await produce(app, 15_000)
  // 20,000 and what is around them, within a window of 10 s: twice what may be
  expect(throttleMs).toBeGreaterThan(10_000)
  expect(throttleMs).toBeLessThan(10_500)
  expect(await produce(other, 15_000)).toBe(0)
  const next = produce(app, 10)
  expect(await Promise.race([next, aWhile()])).toBe('nothing')
  at.clock.advance(throttleMs - 1)
  expect(await Promise.race([next, aWhile()])).toBe('nothing')
  at.clock.advance(1)
  await next
})

test('of several reasons the longest counts, and they are not added', async () => {
  await using at = await stage()
  await at.setQuotas({ user: 'ANONYMOUS' }, { producer_byte_rate: 10_000 })
  using app = await at.connect('app')
  const pressure = vi.spyOn(at.broker.services.storagePressure, 'pressure', 'get')
  pressure.mockReturnValue(0.8)
  expect(await produce(app, 1000)).toBe(360)
  at.clock.advance(360)
  const throttleMs = await produce(app, 150_000)
  expect(throttleMs).toBeGreaterThan(4000)
  pressure.mockReturnValue(0)
})

test('with acks=0 no answer says it, and still nobody reads for so long', async () => {
  await using at = await stage()
  await at.setQuotas({ user: null }, { producer_byte_rate: 1000 })
  using app = await at.connect('app')
  void produceBytes(app, TOPIC, batchOf(50_000), { acks: 0 }).catch(() => {})
  using other = await at.connect('other')
  await vi.waitFor(async () => expect(valuesOf(await fetchOnce(other, TOPIC))).toHaveLength(1))
  const next = fetchOnce(app, TOPIC)
  expect(await Promise.race([next, aWhile()])).toBe('nothing')
  at.clock.advance(60_000)
  expect(valuesOf(await next)).toHaveLength(1)
})

test('users share a quota or have one each, by the most specific level', async () => {
  await using at = await stage()
  await at.setQuotas({ user: null }, { producer_byte_rate: 100 })
  await at.setQuotas({ user: null, 'client-id': 'free' }, { producer_byte_rate: 1_000_000 })
  using free = await at.connect('free')
  using one = await at.connect('one')
  using two = await at.connect('two')
  expect(await produce(free, 5000)).toBe(0)
  expect(await produce(one, 5000)).toBeGreaterThan(0)
  expect(await produce(two, 10)).toBeGreaterThan(0)
  await at.setQuotas({ user: null }, { producer_byte_rate: null })
  using three = await at.connect('three')
  expect(await produce(three, 5000)).toBe(0)
})

test('a consumer over its bytes gets none, and the records when its time is over', async () => {
  await using at = await stage()
  using app = await at.connect('app')
  for (let count = 0; count < 4; count += 1) await produce(app, 3000)
  await at.setQuotas({ 'client-id': 'app' }, { consumer_byte_rate: 1000 })
  // no more is read than may be had at once: three of the four
  const first = await fetchIn(app)
  expect([first.throttleTimeMs, records(first)]).toEqual([0, 3])
  const { sessionId } = first
  const wish = { offset: 3, sessionId }
  const emptied = await fetchIn(app, { ...wish, sessionEpoch: 1 })
  expect([emptied.errorCode, emptied.sessionId, records(emptied)]).toEqual([0, sessionId, 0])
  expect(emptied.throttleTimeMs).toBeGreaterThan(0)
  const next = fetchIn(app, { ...wish, sessionEpoch: 2 })
  expect(await Promise.race([next, aWhile()])).toBe('nothing')
  at.clock.advance(12_000) // what was emptied did not count: nothing is left in the window
  expect([(await next).throttleTimeMs, records(await next)]).toEqual([0, 1])
})

test('a first fetch that is emptied begins no session', async () => {
  await using at = await stage()
  using app = await at.connect('app')
  await produce(app, 9000)
  await at.setQuotas({ 'client-id': 'app' }, { consumer_byte_rate: 1000 })
  expect(records(await fetchIn(app))).toBe(1)
  const sessions = at.broker.services.fetchSessions.size
  const emptied = await fetchIn(app)
  expect([emptied.errorCode, emptied.sessionId, records(emptied)]).toEqual([0, 0, 0])
  expect(emptied.throttleTimeMs).toBeGreaterThan(0)
  expect(at.broker.services.fetchSessions.size).toBe(sessions)
})

test('a batch larger than a whole window allows is had, and waited for afterwards', async () => {
  await using at = await stage()
  using app = await at.connect('app')
  await produce(app, 50_000)
  await at.setQuotas({ 'client-id': 'app' }, { consumer_byte_rate: 1000 })
  const large = await fetchIn(app)
  expect(records(large)).toBe(1)
  expect(large.throttleTimeMs).toBeGreaterThan(35_000)
  const next = fetchIn(app)
  expect(await Promise.race([next, aWhile()])).toBe('nothing')
  at.clock.advance(large.throttleTimeMs)
  expect(records(await next)).toBe(1)
})

test('the time of requests throttles any of them, for a sample at most', async () => {
  await using at = await stage(new AdvanceableClock())
  using app = await at.connect('app')
  await produce(app, 100)
  await at.setQuotas({ 'client-id': 'app' }, { request_percentage: 0.000001 })
  const ask = { topics: [], allowAutoTopicCreation: false }
  const nothingMore = {
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  }
  const answer = await app.send(Metadata, 9, { ...ask, ...nothingMore })
  expect(answer.throttleTimeMs).toBe(1000)
  const fetched = fetchIn(app)
  expect(await Promise.race([fetched, aWhile()])).toBe('nothing')
  at.clock.advance(1000)
  expect([(await fetched).throttleTimeMs, records(await fetched)]).toEqual([1000, 0])
  const produced = produce(app, 10)
  at.clock.advance(1000)
  expect(await produced).toBe(1000)
})

test('without a quota nothing is measured', async () => {
  await using at = await stage()
  const { quotas } = at.broker.services
  using app = await at.connect('app')
  await produce(app, 50_000)
  await fetchIn(app)
  await at.setQuotas({ 'client-id': 'somebody else' }, { producer_byte_rate: 1 })
  await produce(app, 50_000)
  expect(quotas.timesRequests).toBe(false)
  expect(quotas.figures().map(([, { sensors }]) => sensors)).toEqual([0, 0, 0, 0, 0])
})
