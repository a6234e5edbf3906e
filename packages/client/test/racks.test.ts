import { Fetch, JoinGroup, OffsetFetch } from '@pafka/protocol'
import { expect, test, vi } from 'vitest'

import { decodeSubscription } from '../src/consumer/group/group-subscription.ts'
import { Kafka } from '../src/index.ts'
import { RecordingProxy } from './recording-proxy.ts'
import { startBroker } from './stage-broker.ts'

const SOON = { timeout: 10_000, interval: 10 }
const IN_ONE_RACK = { 'broker.rack': 'r1', 'group.initial.rebalance.delay.ms': 0 }

test('fetches say the rack of the program, and so does who joins a group', async () => {
  await using broker = await startBroker({ topics: ['t'] })
  await using proxy = new RecordingProxy(broker.bootstrap)
  await using kafka = new Kafka({ brokers: await proxy.open(), rack: 'r7' })
  await kafka.producer().send('t', { value: 'x' })
  await kafka.reader('t').next()
  const fetched = proxy.requests(Fetch).length
  expect(fetched).toBeGreaterThan(0)
  expect((await kafka.consumer('g', 't').next()).value?.value?.toString()).toBe('x')
  const fetches = proxy.requests(Fetch)
  expect(fetches.length).toBeGreaterThan(fetched)
  expect(new Set(fetches.map(({ rackId }) => rackId))).toEqual(new Set(['r7']))
  const joins = proxy.requests(JoinGroup).flatMap(({ protocols }) => protocols)
  expect(joins.length).toBeGreaterThan(0)
  expect(new Set(joins.map(({ metadata }) => decodeSubscription(metadata).rack))).toEqual(
    new Set(['r7']),
  )
})

test('a group goes on at what is certain to be committed, not within a transaction', async () => {
  await using broker = await startBroker({ topics: ['t'] })
  await using proxy = new RecordingProxy(broker.bootstrap)
  await using kafka = new Kafka(await proxy.open())
  await kafka.producer().send('t', { value: 'x' })
  await kafka.consumer('g', 't').next()
  const stable = proxy.requests(OffsetFetch).map(({ requireStable }) => requireStable)
  expect(new Set(stable)).toEqual(new Set([true]))
})

test('the leader of a group gives more to who is in the rack of the broker', async () => {
  await using broker = await startBroker({
    topics: [{ name: 't', partitions: 3 }],
    config: IN_ONE_RACK,
  })
  // ids of members begin with those of clients: by them alone it were the first who had two
  await using other = new Kafka({ brokers: broker.bootstrap, clientId: 'a', rack: 'r2' })
  await using near = new Kafka({ brokers: broker.bootstrap, clientId: 'b', rack: 'r1' })
  const [one, two] = [other, near].map((kafka) => kafka.consumer('g', 't'))
  await vi.waitFor(() => expect([one?.assignment.length, two?.assignment.length]).toEqual([1, 2]), {
    ...SOON,
  })
})
