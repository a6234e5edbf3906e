import { expect, test } from 'vitest'

import type { ConfigTexts } from '../config/dynamic-configs.ts'
import { planFor, readSubscriptions } from './subscriptions.ts'

const client = {
  client_instance_id: 'id',
  client_id: 'orders',
  client_software_name: undefined,
  client_software_version: undefined,
  client_source_address: '10.0.0.1',
  client_source_port: '5',
}

async function planOf(...all: Record<string, string>[]) {
  const named = all.map((configs, at): [string, ConfigTexts] => [
    `s${at}`,
    new Map(Object.entries(configs)),
  ])
  return planFor(await readSubscriptions(new Map(named)), client)
}

test('nothing is wanted of a client that no subscription means', async () => {
  expect(await planOf()).toMatchObject({ metrics: [], pushIntervalMs: 300_000 })
  const others = { match: 'client_id=payments', metrics: '*', 'interval.ms': '100' }
  expect(await planOf(others)).toMatchObject({ metrics: [], pushIntervalMs: 300_000 })
})

test('all that any subscription wants, as often as the most eager one', async () => {
  const one = { metrics: 'b,a', 'interval.ms': '5000' }
  const other = { match: 'client_id=ord.*', metrics: 'c,a', 'interval.ms': '2000' }
  expect(await planOf(one, other)).toMatchObject({
    metrics: ['a', 'b', 'c'],
    pushIntervalMs: 2000,
  })
  const hourly = { metrics: '*', 'interval.ms': '3600000' }
  expect(await planOf(hourly)).toMatchObject({ metrics: ['*'], pushIntervalMs: 3_600_000 })
  expect(await planOf(one, hourly)).toMatchObject({ metrics: ['*'], pushIntervalMs: 5000 })
})

test('the id is that of what is wanted, and of whom', async () => {
  const { subscriptionId } = await planOf({ metrics: 'a,b' })
  expect((await planOf({ metrics: 'b' }, { metrics: 'a' })).subscriptionId).toBe(subscriptionId)
  expect((await planOf({ metrics: 'a' })).subscriptionId).not.toBe(subscriptionId)
  const often = await planOf({ metrics: 'a,b', 'interval.ms': '100' })
  expect(often.subscriptionId).not.toBe(subscriptionId)
  const subscriptions = await readSubscriptions(new Map([['s', new Map([['metrics', 'a,b']])]]))
  const other = planFor(subscriptions, { ...client, client_instance_id: 'other' })
  expect(other.subscriptionId).not.toBe(subscriptionId)
  expect(Number.isInteger(subscriptionId) && subscriptionId === (subscriptionId | 0)).toBe(true)
})

test('a subscription whose patterns cannot be read means nobody', async () => {
  const broken = { match: 'client_id=[', metrics: 'a' }
  expect(await planOf(broken, { metrics: 'b' })).toMatchObject({ metrics: ['b'] })
})
