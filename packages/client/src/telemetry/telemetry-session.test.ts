import { seededRandom } from '@pafka/base'
import { ErrorCode, type GetTelemetrySubscriptionsResponse, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { isWanted, TelemetrySession } from './telemetry-session.ts'

const ID = 'bm90aGluZyBidXQgYW4gaQ'
const INTERVAL_MS = 10_000
const DEFAULT_MS = 300_000

const WANTED: GetTelemetrySubscriptionsResponse = {
  throttleTimeMs: 0,
  errorCode: ErrorCode.NONE,
  clientInstanceId: ID,
  subscriptionId: 7,
  acceptedCompressionTypes: [4, 1],
  pushIntervalMs: INTERVAL_MS,
  telemetryMaxBytes: 1000,
  deltaTemporality: true,
  requestedMetrics: ['org.apache.kafka.producer.'],
}

function subscribed(nowMs = 0): TelemetrySession {
  const session = new TelemetrySession(seededRandom(1))
  session.asked(WANTED, nowMs)
  return session
}

test('asks at once, pushes for the first time after about an interval, and then after each', () => {
  const session = new TelemetrySession(seededRandom(1))
  expect(session.step).toEqual({ what: 'ask', dueMs: -Infinity })
  expect(session.instanceId).toBe(ZERO_UUID)
  session.asked(WANTED, 1000)
  expect(session.instanceId).toBe(ID)
  expect(session.subscription).toEqual({
    ...{ id: 7, prefixes: ['org.apache.kafka.producer.'], codecs: [4, 1], maxBytes: 1000 },
    ...{ isDelta: true, intervalMs: INTERVAL_MS },
  })
  session.pushed(ErrorCode.NONE, 20_000)
  expect(session.step).toEqual({ what: 'push', dueMs: 20_000 + INTERVAL_MS })
})

test('first pushes of many clients are spread from half an interval to one and a half', () => {
  const random = seededRandom(2)
  const waits = Array.from({ length: 500 }, () => {
    const session = new TelemetrySession(random)
    session.asked(WANTED, 0)
    return session.step.dueMs / INTERVAL_MS
  })
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.5)
  expect(Math.min(...waits)).toBeLessThan(0.55)
  expect(Math.max(...waits)).toBeLessThanOrEqual(1.5)
  expect(Math.max(...waits)).toBeGreaterThan(1.45)
})

test('where nothing is wanted it asks again after an interval, as who it is', () => {
  const session = subscribed()
  session.asked({ ...WANTED, requestedMetrics: [] }, 5000)
  expect(session.subscription).toBeUndefined()
  expect(session.step).toEqual({ what: 'ask', dueMs: 5000 + INTERVAL_MS })
  expect(session.instanceId).toBe(ID)
})

test.each([
  [ErrorCode.UNKNOWN_SUBSCRIPTION_ID, { what: 'ask', dueMs: 3000 }],
  [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, { what: 'ask', dueMs: 3000 }],
  [ErrorCode.TELEMETRY_TOO_LARGE, { what: 'ask', dueMs: 3000 + INTERVAL_MS }],
  [ErrorCode.THROTTLING_QUOTA_EXCEEDED, { what: 'ask', dueMs: 3000 + INTERVAL_MS }],
  [ErrorCode.INVALID_REQUEST, { what: 'nothing', dueMs: Infinity }],
  [ErrorCode.INVALID_RECORD, { what: 'nothing', dueMs: Infinity }],
  [ErrorCode.UNSUPPORTED_VERSION, { what: 'nothing', dueMs: Infinity }],
  [ErrorCode.UNKNOWN_SERVER_ERROR, { what: 'nothing', dueMs: Infinity }],
])('a push that is answered with %j is followed by %j', (errorCode, step) => {
  const session = subscribed()
  session.pushed(errorCode, 3000)
  expect(session.step).toEqual(step)
})

test.each([
  [ErrorCode.THROTTLING_QUOTA_EXCEEDED, { what: 'ask', dueMs: 3000 + DEFAULT_MS }],
  // at once would be without end
  [ErrorCode.UNKNOWN_SUBSCRIPTION_ID, { what: 'ask', dueMs: 3000 + DEFAULT_MS }],
  [ErrorCode.INVALID_REQUEST, { what: 'nothing', dueMs: Infinity }],
])('a question that is answered with %j is followed by %j', (errorCode, step) => {
  const session = new TelemetrySession(seededRandom(1))
  session.asked({ ...WANTED, errorCode }, 3000)
  expect([session.step, session.instanceId]).toEqual([step, ZERO_UUID])
})

test('what is not answered is done again after an interval', () => {
  const session = new TelemetrySession(seededRandom(1))
  session.unanswered(1)
  expect(session.step).toEqual({ what: 'ask', dueMs: 1 + DEFAULT_MS })
  session.asked(WANTED, 2)
  session.unanswered(3)
  expect(session.step).toEqual({ what: 'push', dueMs: 3 + INTERVAL_MS })
})

test('whoever wants to know the id need not wait for the next time', () => {
  const session = new TelemetrySession(seededRandom(1))
  session.unanswered(1)
  session.askNow()
  expect(session.step).toEqual({ what: 'ask', dueMs: -Infinity })
  session.asked(WANTED, 2)
  const { step } = session
  session.askNow()
  expect(session.step).toBe(step)
})

test('compresses no more when a broker did not understand it', () => {
  const session = subscribed()
  expect(session.isCompressed).toBe(true)
  session.pushed(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 0)
  session.asked(WANTED, 1)
  expect(session.isCompressed).toBe(false)
})

test('an answer that comes after the end changes nothing', () => {
  const session = subscribed()
  session.stop()
  session.asked(WANTED, 1)
  session.pushed(ErrorCode.NONE, 2)
  session.unanswered(3)
  session.askNow()
  expect(session.step.what).toBe('nothing')
})

test.each([
  [0, DEFAULT_MS],
  [-1, DEFAULT_MS],
  [1, 100],
  [2 ** 31 - 1, 2 ** 31 - 1],
])('an interval of %d ms is taken for %d ms', (pushIntervalMs, intervalMs) => {
  const session = new TelemetrySession(seededRandom(1))
  session.asked({ ...WANTED, pushIntervalMs, telemetryMaxBytes: 0 }, 0)
  expect(session.subscription).toMatchObject({ intervalMs, maxBytes: 1_048_576 })
})

test.each([
  [[''], true],
  [['*'], true],
  [['a.b'], true],
  [['x', 'a.b.c'], true],
  [['a.b.c.d', 'b'], false],
  [[], false],
])('who wants %j is told of a.b.c: %j', (prefixes, isTold) => {
  expect(isWanted(prefixes, 'a.b.c')).toBe(isTold)
})
