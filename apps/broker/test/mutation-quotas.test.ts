import {
  AlterClientQuotas,
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

/** Error codes by topic, and how long the client is told to wait. */
type Told = readonly [codes: readonly number[], throttleMs: number]

const { NONE, THROTTLING_QUOTA_EXCEEDED: EXCEEDED } = ErrorCode

/** At most 1.1 partitions at once, and one more in 10 s. */
async function rigWith(rate = 0.1): Promise<HandlerRig> {
  const rig = await HandlerRig.start()
  const entity = [{ entityType: 'user', entityName: 'ANONYMOUS' }]
  const ops = [{ key: 'controller_mutation_rate', value: rate, remove: false }]
  await rig.ask(AlterClientQuotas, 1, { entries: [{ entity, ops }], validateOnly: false })
  return rig
}

async function create(
  rig: HandlerRig,
  version: number,
  topics: Readonly<Record<string, number>>,
  { validateOnly = false }: { readonly validateOnly?: boolean } = {},
): Promise<Told & { muted: number[] }> {
  const muted: number[] = []
  const wanted = Object.entries(topics).map(([name, numPartitions]) => ({
    name,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }))
  const request = { topics: wanted, timeoutMs: 1000, validateOnly }
  const mute = (forMs: number): void => void muted.push(forMs)
  const answer = await rig.ask(CreateTopics, version, request, { mute })
  const codes = answer.topics.map(({ errorCode }) => errorCode)
  const told: Told = [codes, answer.throttleTimeMs]
  return Object.assign(told, { muted })
}

async function grow(
  rig: HandlerRig,
  version: number,
  topics: Readonly<Record<string, number>>,
): Promise<Told> {
  const wanted = Object.entries(topics).map(([name, count]) => ({ name, count, assignments: null }))
  const request = { topics: wanted, timeoutMs: 1000, validateOnly: false }
  const { results, throttleTimeMs } = await rig.ask(CreatePartitions, version, request)
  return [results.map(({ errorCode }) => errorCode), throttleTimeMs]
}

async function remove(rig: HandlerRig, version: number, ...names: string[]): Promise<Told> {
  const topics = names.map((name) => ({ name, topicId: ZERO_UUID }))
  const request = { topics, topicNames: names, timeoutMs: 1000 }
  const { responses, throttleTimeMs } = await rig.ask(DeleteTopics, version, request)
  return [responses.map(({ errorCode }) => errorCode), throttleTimeMs]
}

// The numbers are those that Kafka 4.3.1 told, whose clock went on meanwhile.
test('who knows the error is refused while tokens lack, who does not is made to wait', async () => {
  await using rig = await rigWith()
  expect([...(await create(rig, 7, { a: 5 }))]).toEqual([[NONE], 0])
  expect([...(await create(rig, 7, { b: 1 }))]).toEqual([[EXCEEDED], 39_000])
  expect(rig.broker.topics.byName('b')).toBeUndefined()
  expect([...(await create(rig, 5, { c: 1 }))]).toEqual([[NONE], 49_000])
  expect([...(await create(rig, 7, { a: 1 }))]).toEqual([[ErrorCode.TOPIC_ALREADY_EXISTS], 0])
  expect(await grow(rig, 3, { a: 7 })).toEqual([[EXCEEDED], 49_000])
  expect(rig.broker.topics.byName('a')?.partitions).toHaveLength(5)
  expect(await grow(rig, 2, { a: 8 })).toEqual([[NONE], 79_000])
  expect(await remove(rig, 6, 'a')).toEqual([[EXCEEDED], 79_000])
  expect(await remove(rig, 5, 'a')).toEqual([[EXCEEDED], 79_000])
  expect(rig.broker.topics.byName('a')?.partitions).toHaveLength(8)
  expect(await remove(rig, 4, 'a')).toEqual([[NONE], 159_000])
  rig.clock.advance(158_999)
  expect([...(await create(rig, 6, { d: 1 }))]).toEqual([[EXCEEDED], 1])
  rig.clock.advance(1)
  expect([...(await create(rig, 6, { d: 1 }))]).toEqual([[NONE], 0])
})

test('each topic of a request is asked for in turn; who is told to wait is muted', async () => {
  await using rig = await rigWith()
  const told = await create(rig, 7, { a: 2, b: 2, c: 2 })
  expect([...told]).toEqual([[NONE, EXCEEDED, EXCEEDED], 9000])
  expect(told.muted).toEqual([9000])
  expect(rig.broker.topics.all().map(({ name }) => name)).toEqual(['a'])
})

test('a request that would change nothing is counted as well', async () => {
  await using rig = await rigWith()
  const validateOnly = true
  expect([...(await create(rig, 7, { a: 5 }, { validateOnly }))]).toEqual([[NONE], 0])
  expect([...(await create(rig, 7, { b: 5 }, { validateOnly }))]).toEqual([[EXCEEDED], 39_000])
})

test('a topic that cannot be had takes no token', async () => {
  await using rig = await rigWith()
  const wrong = { 'no/name': 50, ok: 1 }
  expect([...(await create(rig, 7, wrong))]).toEqual([[ErrorCode.INVALID_TOPIC_EXCEPTION, NONE], 0])
  expect(await remove(rig, 6, 'nowhere')).toEqual([[ErrorCode.UNKNOWN_TOPIC_OR_PARTITION], 0])
  expect(rig.broker.quotas.figures()[3]).toEqual([
    'controllerMutation',
    { throttles: 0, throttledMs: 0, sensors: 1 },
  ])
})
