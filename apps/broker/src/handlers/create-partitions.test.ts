import { CreatePartitions, type CreatePartitionsRequest, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

type Asked = CreatePartitionsRequest['topics'][number]

async function grow(
  rig: HandlerRig,
  topics: readonly (Partial<Asked> & { readonly name: string })[],
  { version = 3, validateOnly = false } = {},
) {
  const request = {
    topics: topics.map((topic) => ({ count: 3, assignments: null, ...topic })),
    timeoutMs: 1000,
    validateOnly,
  }
  return (await rig.ask(CreatePartitions, version, request)).results
}

test.each([0, 1, 2, 3])('version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  await rig.append('a', [{ value: Buffer.from('kept') }])
  expect(await grow(rig, [{ name: 'a' }], { version })).toMatchObject([
    { name: 'a', errorCode: ErrorCode.NONE, errorMessage: null },
  ])
  const partitions = rig.broker.topics.byName('a')?.partitions
  expect(partitions?.map(({ index, log }) => [index, log?.logEndOffset])).toEqual([
    [0, 1],
    [1, 0],
    [2, 0],
  ])
  await using restarted = await rig.restart()
  expect(restarted.broker.topics.byName('a')?.partitions).toHaveLength(3)
})

const { INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT, POLICY_VIOLATION } = ErrorCode

test.each<[string, Partial<Asked>, number]>([
  ['the same count', { count: 2 }, INVALID_PARTITIONS],
  ['fewer', { count: 1 }, INVALID_PARTITIONS],
  ['far too many', { count: 1_000_000 }, POLICY_VIOLATION],
  ['too few assigned', { assignments: [] }, INVALID_REPLICA_ASSIGNMENT],
  ['assigned elsewhere', { assignments: [{ brokerIds: [7] }] }, INVALID_REPLICA_ASSIGNMENT],
  ['an unknown topic', { name: 'b' }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
])('%s is refused', async (_what, wrong, errorCode) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  const [result] = await grow(rig, [{ name: 'a', ...wrong }])
  expect(result?.errorCode).toBe(errorCode)
  expect(result?.errorMessage).toMatch(/\w/)
  expect(rig.broker.topics.byName('a')?.partitions).toHaveLength(2)
})

test('only validated, named twice, or the broker’s own', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  await rig.broker.topics.createInternal('__consumer_offsets', 1, new Map())
  const valid = await grow(rig, [{ name: 'a', count: 9 }], { validateOnly: true })
  expect(valid).toMatchObject([{ errorCode: ErrorCode.NONE }])
  const twice = await grow(rig, [{ name: 'a' }, { name: 'a' }, { name: '__consumer_offsets' }])
  expect(new Map(twice.map(({ name, errorCode }) => [name, errorCode]))).toEqual(
    new Map([
      ['a', ErrorCode.INVALID_REQUEST],
      ['__consumer_offsets', ErrorCode.INVALID_TOPIC_EXCEPTION],
    ]),
  )
  expect(rig.broker.topics.totalPartitions).toBe(2)
})
