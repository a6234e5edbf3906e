import type { ClientQuotasSet } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { loadConfig } from '../config/load-config.ts'
import { ClientQuotas } from './client-quotas.ts'

const APP = { principalName: 'ANONYMOUS', clientId: 'app' }

function quotasWith(clock: ManualClock, settings: Readonly<Record<string, number>>): ClientQuotas {
  const quotas = new ClientQuotas(loadConfig({ settings: {} }).config, clock)
  quotas.set(setOf(settings))
  return quotas
}

function setOf(settings: Readonly<Record<string, number>>): ClientQuotasSet {
  const entity = [{ type: 'client-id', name: 'app' }]
  return { kind: 'client-quotas-set', entity, quotas: new Map(Object.entries(settings)) }
}

test('an answer that is emptied does not count', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { consumer_byte_rate: 100 })
  expect(quotas.mostFetchedBytes(APP)).toBe(1000)
  expect(quotas.fetched(APP, 1000, 0)).toEqual({ throttleMs: 0, isEmptied: false })
  expect(quotas.fetched(APP, 500, 0)).toEqual({ throttleMs: 5000, isEmptied: true })
  expect(quotas.fetched(APP, 500, 0)).toEqual({ throttleMs: 5000, isEmptied: true })
  clock.advance(5000)
  expect(quotas.fetched(APP, 500, 0)).toEqual({ throttleMs: 5000, isEmptied: true })
  clock.advance(6000) // the window is over
  expect(quotas.fetched(APP, 500, 0)).toEqual({ throttleMs: 0, isEmptied: false })
})

test('whatever throttles it, an answer is emptied; but one batch too large for any window', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { consumer_byte_rate: 100 })
  expect(quotas.fetched(APP, 2000, 700)).toEqual({ throttleMs: 700, isEmptied: true })
  expect(quotas.fetched(APP, 2000, 0)).toEqual({ throttleMs: 20_000, isEmptied: false })
  expect(quotas.fetched(APP, 2000, 0)).toEqual({ throttleMs: 10_000, isEmptied: true })
  expect(quotas.fetched(APP, 500, 0)).toEqual({ throttleMs: 15_000, isEmptied: true })
  const others = { ...APP, clientId: 'other' }
  expect(quotas.fetched(others, 2000, 700)).toEqual({ throttleMs: 700, isEmptied: true })
})

test('over two quotas at once a client waits for the longer of them, not for both', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { consumer_byte_rate: 100 })
  quotas.fetched(APP, 1000, 0)
  expect(quotas.fetched(APP, 500, 3000)).toEqual({ throttleMs: 5000, isEmptied: true })
  expect(quotas.fetched(APP, 500, 8000)).toEqual({ throttleMs: 8000, isEmptied: true })
})

test('one percent of the thread is 10 ms a second; nobody waits longer than a sample', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { request_percentage: 1 })
  expect(quotas.timesRequests).toBe(true)
  expect(quotas.requestTook(APP, 100)).toBe(0)
  expect(quotas.requestTook(APP, 1)).toBe(100)
  expect(quotas.requestTook(APP, 1000)).toBe(1000)
  quotas.set(setOf({}))
  expect(quotas.timesRequests).toBe(false)
  expect(quotas.requestTook(APP, 1000)).toBe(0)
})

test('a limit that changes applies to what was counted already', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { producer_byte_rate: 100 })
  expect(quotas.produced(APP, 2000)).toBe(10_000)
  quotas.set(setOf({ producer_byte_rate: 400 }))
  expect(quotas.produced(APP, 0)).toBe(0)
  quotas.set(setOf({ producer_byte_rate: 200 }))
  expect(quotas.produced(APP, 20)).toBe(100)
})

test('what no request could set, as in a damaged catalog, bounds nothing', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { producer_byte_rate: -1, request_percentage: NaN, x: 1 })
  expect(quotas.timesRequests).toBe(false)
  expect(quotas.produced(APP, 1_000_000)).toBe(0)
})

test('batches too large for any window come at the rate all the same', () => {
  const clock = new ManualClock()
  const quotas = quotasWith(clock, { consumer_byte_rate: 100 })
  const startMs = clock.nowMs()
  let served = 0
  while (served < 20) {
    const { throttleMs, isEmptied } = quotas.fetched(APP, 2500, 0)
    if (!isEmptied) served += 1
    expect(throttleMs).toBeGreaterThan(0)
    clock.advance(throttleMs)
  }
  const rate = (20 * 2500) / ((clock.nowMs() - startMs) / 1000)
  expect(rate).toBe(100)
})
