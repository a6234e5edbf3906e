import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { type Push, TelemetryClient } from './telemetry-client.ts'

const {
  INVALID_REQUEST,
  NONE,
  TELEMETRY_TOO_LARGE,
  THROTTLING_QUOTA_EXCEEDED,
  UNKNOWN_SUBSCRIPTION_ID,
  UNSUPPORTED_COMPRESSION_TYPE,
} = ErrorCode

const MAX_BYTES = 1000
const fine: Push = { subscriptionId: 7, terminating: false, compressionType: 4, sizeBytes: 10 }

function newClient(): TelemetryClient {
  return new TelemetryClient({ subscriptionId: 7, metrics: ['a'], pushIntervalMs: 100 })
}

test('it asks, pushes within the interval after that, and then once in each', () => {
  const client = newClient()
  expect(client.ask(0)).toBe(NONE)
  expect(client.push(fine, 50, MAX_BYTES)).toBe(NONE)
  expect(client.push(fine, 149, MAX_BYTES)).toBe(THROTTLING_QUOTA_EXCEEDED)
  expect(client.push(fine, 150, MAX_BYTES)).toBe(NONE)
  expect(client.ask(249)).toBe(THROTTLING_QUOTA_EXCEEDED)
  expect(client.ask(250)).toBe(NONE)
  expect(client.push(fine, 251, MAX_BYTES)).toBe(NONE)
})

test('who pushes without having asked, as after a restart, is not put off', () => {
  expect(newClient().push(fine, 5, MAX_BYTES)).toBe(NONE)
})

test.each([
  [{ subscriptionId: 8 }, UNKNOWN_SUBSCRIPTION_ID],
  [{ compressionType: 5 }, UNSUPPORTED_COMPRESSION_TYPE],
  [{ compressionType: -1 }, UNSUPPORTED_COMPRESSION_TYPE],
  [{ sizeBytes: 1001 }, TELEMETRY_TOO_LARGE],
  [{ sizeBytes: 1000, compressionType: 0 }, NONE],
])('%j', (change, errorCode) => {
  expect(newClient().push({ ...fine, ...change }, 0, MAX_BYTES)).toBe(errorCode)
})

test.each([
  [{ subscriptionId: 8 }, NONE],
  [{ compressionType: 5 }, NONE],
  [{ sizeBytes: 1001 }, THROTTLING_QUOTA_EXCEEDED],
])('after %j it may ask at once, or not', (change, errorCode) => {
  const client = newClient()
  client.ask(0)
  client.push({ ...fine, ...change }, 10, MAX_BYTES)
  expect(client.ask(11)).toBe(errorCode)
  expect(client.ask(12)).toBe(THROTTLING_QUOTA_EXCEEDED)
})

test('a last push comes at any time, and nothing after it', () => {
  const client = newClient()
  client.ask(0)
  expect(client.push(fine, 10, MAX_BYTES)).toBe(NONE)
  expect(client.push({ ...fine, terminating: true }, 11, MAX_BYTES)).toBe(NONE)
  expect(client.push({ ...fine, terminating: true }, 1000, MAX_BYTES)).toBe(INVALID_REQUEST)
})

test('a push that is put off does not move the time of the next', () => {
  const client = newClient()
  client.push(fine, 0, MAX_BYTES)
  for (const nowMs of [50, 90, 99]) {
    expect(client.push(fine, nowMs, MAX_BYTES)).toBe(THROTTLING_QUOTA_EXCEEDED)
  }
  expect(client.push(fine, 100, MAX_BYTES)).toBe(NONE)
})

test('who was told to ask again may push what it is told then', () => {
  const client = newClient()
  expect(client.push({ ...fine, subscriptionId: 8 }, 0, MAX_BYTES)).toBe(UNKNOWN_SUBSCRIPTION_ID)
  expect(client.ask(1)).toBe(NONE)
  expect(client.push(fine, 2, MAX_BYTES)).toBe(NONE)
  expect(client.push(fine, 3, MAX_BYTES)).toBe(THROTTLING_QUOTA_EXCEEDED)
})
