import { ErrorCode, IncrementalAlterConfigs } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

type Change = readonly [name: string, configOperation: number, value: string | null]

function alter(
  rig: HandlerRig,
  changes: readonly Change[],
  { version = 1, names = ['a'] }: { version?: number; names?: readonly string[] } = {},
) {
  const configs = changes.map(([name, configOperation, value]) => ({
    name,
    configOperation,
    value,
  }))
  const resources = names.map((resourceName) => ({ resourceType: 2, resourceName, configs }))
  return rig.ask(IncrementalAlterConfigs, version, { resources, validateOnly: false })
}

test.each([0, 1])('set, delete, append and subtract, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { configs: { 'retention.ms': '7', 'segment.bytes': '2097152' } })
  const { responses } = await alter(
    rig,
    [
      ['retention.ms', SET, '8'],
      ['segment.bytes', DELETE, null],
      ['cleanup.policy', APPEND, 'compact'],
    ],
    { version },
  )
  expect(responses).toMatchObject([{ errorCode: ErrorCode.NONE, errorMessage: null }])
  const topic = rig.broker.topics.byName('a')
  expect(topic?.configs).toEqual(
    new Map([
      ['retention.ms', '8'],
      ['cleanup.policy', 'delete,compact'],
    ]),
  )
  await alter(rig, [['cleanup.policy', SUBTRACT, 'delete']], { version })
  expect(topic?.configs.get('cleanup.policy')).toBe('compact')
  expect(topic?.partitions[0]?.log?.config.cleanupPolicy).toBe('compact')
})

test('one wrong change of a resource stops all of it, and nothing of another', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const changes: Change[] = [
    ['retention.ms', SET, '8'],
    ['segment.bytes', SET, 'many'],
  ]
  const { responses } = await alter(rig, changes)
  expect(responses).toMatchObject([{ errorCode: ErrorCode.INVALID_CONFIG }])
  expect(rig.broker.topics.byName('a')?.configs.size).toBe(0)
  const two = await alter(rig, [['retention.ms', SET, '8']], { names: ['b', 'a'] })
  expect(two.responses).toMatchObject([
    { resourceName: 'b', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    { resourceName: 'a', errorCode: ErrorCode.NONE },
  ])
})

test('a resource that is named twice is left alone', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const { responses } = await alter(rig, [['retention.ms', SET, '8']], { names: ['a', 'a'] })
  const refused = { resourceName: 'a', errorCode: ErrorCode.INVALID_REQUEST }
  expect(responses).toMatchObject([refused, refused])
  expect(rig.broker.topics.byName('a')?.configs.size).toBe(0)
})

test('changes of one topic at the same time all count', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  await Promise.all([
    alter(rig, [['retention.ms', SET, '8']]),
    alter(rig, [['segment.bytes', SET, '2097152']]),
    alter(rig, [['flush.ms', SET, '9']]),
  ])
  expect(rig.broker.topics.byName('a')?.configs.size).toBe(3)
})
