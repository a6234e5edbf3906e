import { expect, test } from 'vitest'

import type { TopicMetadata } from '../cluster/cluster-metadata.ts'
import { json } from '../serde/json.ts'
import { utf8 } from '../serde/utf8.ts'
import { topic, topicPattern } from '../topic.ts'
import { Subscription } from './subscription.ts'

function known(...names: string[]): TopicMetadata[] {
  return names.map((name) => {
    return { name, id: name, isInternal: name.startsWith('__'), partitions: [] }
  })
}

test('a name is there whether or not the topic is; patterns find what there is', () => {
  const subscription = new Subscription([topic('b'), topicPattern(/^orders-/u)])
  expect(subscription.topicsOf([])).toEqual(['b'])
  expect(subscription.topicsOf(known('orders-2', 'x-orders-1', 'orders-1', 'b'))).toEqual([
    'b',
    'orders-1',
    'orders-2',
  ])
})

test('no pattern finds internal topics', () => {
  const subscription = new Subscription([topicPattern(/offsets/u)])
  expect(subscription.topicsOf(known('__consumer_offsets', 'offsets'))).toEqual(['offsets'])
})

test('what is in a topic: its own contract, or that of the first pattern that finds it', () => {
  const text = utf8()
  const own = json<number>()
  const subscription = new Subscription<unknown, unknown>([
    topic('orders-x', { value: own }),
    topicPattern(/^orders-/u, { value: text }),
    topicPattern(/^bills-/u, { key: text }),
  ])
  expect(subscription.contractOf('orders-x')?.value).toBe(own)
  expect(subscription.contractOf('orders-1')).toMatchObject({ name: 'orders-1', value: text })
  expect(subscription.contractOf('bills-1')).toMatchObject({ name: 'bills-1', key: text })
  expect(new Subscription([topic('b')]).contractOf('c')).toBeUndefined()
})

test.each([
  [[/^orders-/u], '.*(?:(?:^orders-)).*'],
  [[/ORDERS/iu, /b$/u], '.*(?:(?i:ORDERS)|(?:b$)).*'],
])('the broker gets one pattern that matches whole names: %s', (patterns, expected) => {
  const subscription = new Subscription(patterns.map((one) => topicPattern(one)))
  expect(subscription.serverPattern).toBe(expected)
})

test('flags that make a search go on where the last one ended are refused', () => {
  expect(() => new Subscription([topicPattern(/a/gu)])).toThrow(/neither flag g nor y/u)
  expect(() => new Subscription([])).toThrow(/topics: there is at least one/u)
})
