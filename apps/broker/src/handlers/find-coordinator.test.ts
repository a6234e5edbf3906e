import { ErrorCode, FindCoordinator, type FindCoordinatorResponse } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { startGroupRig } from '../../test/group-requests.ts'
import type { HandlerRig } from '../../test/handler-rig.ts'

function find(
  rig: HandlerRig,
  version: number,
  key: string,
  keyType = 0,
): Promise<FindCoordinatorResponse> {
  return rig.ask(FindCoordinator, version, { key, keyType, coordinatorKeys: [key] })
}

test.each([0, 1, 2, 3])('version %i names one coordinator: this broker', async (version) => {
  await using rig = await startGroupRig()
  expect(await find(rig, version, 'g')).toMatchObject({
    errorCode: ErrorCode.NONE,
    nodeId: rig.broker.cluster.nodeId,
    host: '127.0.0.1',
    port: 9092,
  })
})

test.each([4, 5, 6])('version %i names as many as are asked for', async (version) => {
  await using rig = await startGroupRig()
  const coordinatorKeys = ['g', 'h', '']
  const { coordinators } = await rig.ask(FindCoordinator, version, {
    key: '',
    keyType: 0,
    coordinatorKeys,
  })
  const here = { nodeId: rig.broker.cluster.nodeId, host: '127.0.0.1', port: 9092 }
  const expected = coordinatorKeys.map((key) => ({
    key,
    ...here,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
  }))
  expect(coordinators).toEqual(expected)
})

test('asking for a group makes the topic that groups are kept in', async () => {
  await using rig = await startGroupRig()
  await find(rig, 6, 'id', 1)
  expect(rig.broker.topics.byName('__consumer_offsets')).toBeUndefined()
  await find(rig, 6, 'g')
  const topic = rig.broker.topics.byName('__consumer_offsets')
  expect(topic?.partitions).toHaveLength(50)
  expect(topic?.internal).toBe(true)
  expect(topic?.partitions[0]?.log?.config.cleanupPolicy).toBe('compact')
  expect(topic?.partitions[0]?.log?.config.segmentBytes).toBe(104_857_600)
})

test('transactions and shares have their coordinator here too', async () => {
  await using rig = await startGroupRig()
  const codeOf = async (version: number, key: string, keyType: number): Promise<unknown> => {
    const { coordinators } = await find(rig, version, key, keyType)
    return coordinators[0]?.errorCode
  }
  expect(await codeOf(4, 'my-transactions', 1)).toBe(ErrorCode.NONE)
  expect(await codeOf(6, 'g:AAAAAAAAAAAAAAAAAAAAAQ:0', 2)).toBe(ErrorCode.NONE)
  expect(await codeOf(6, 'with:colon:AAAAAAAAAAAAAAAAAAAAAQ:0', 2)).toBe(ErrorCode.NONE)
})

test('an unknown type, or a share key that is none, is an invalid request', async () => {
  await using rig = await startGroupRig()
  for (const [version, key, keyType] of [
    [6, 'g', 3],
    [6, 'g', 2],
    [6, 'g:topic:0', 2],
    [6, ':AAAAAAAAAAAAAAAAAAAAAQ:0', 2],
    [5, 'g:AAAAAAAAAAAAAAAAAAAAAQ:0', 2],
  ] as const) {
    const { coordinators } = await find(rig, version, key, keyType)
    expect(coordinators).toMatchObject([
      { key, nodeId: -1, host: '', port: -1, errorCode: ErrorCode.INVALID_REQUEST },
    ])
  }
  expect((await find(rig, 1, 'g', 9)).errorCode).toBe(ErrorCode.INVALID_REQUEST)
})
