import { expect, test } from 'vitest'

import { producerSettings } from './producer-settings.ts'

test('by default nothing is lost, and records are given up after two minutes', () => {
  const settings = { acks: 'all', idempotent: true, deliveryTimeoutMs: 120_000 }
  expect(producerSettings({})).toMatchObject(settings)
})

test('what is given holds', () => {
  const given = { acks: 'leader', deliveryTimeoutMs: 7 } as const
  expect(producerSettings(given)).toMatchObject({ ...given, idempotent: false })
})

test.each([0, -1, Number.NaN])('%d is no time to give up after', (deliveryTimeoutMs) => {
  expect(() => producerSettings({ deliveryTimeoutMs })).toThrow('deliveryTimeoutMs: must be above')
})
