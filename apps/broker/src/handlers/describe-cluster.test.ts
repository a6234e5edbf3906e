import { DescribeCluster, type DescribeClusterRequest, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const NOT_ASKED = -2_147_483_648

function ask(rig: HandlerRig, more: Partial<DescribeClusterRequest> = {}, version = 2) {
  return rig.ask(DescribeCluster, version, {
    includeClusterAuthorizedOperations: false,
    endpointType: 1,
    includeFencedBrokers: false,
    ...more,
  })
}

test.each([0, 1, 2])('one broker, its own controller, version %i', async (version) => {
  await using rig = await HandlerRig.start({ settings: { 'node.id': 7, 'broker.rack': 'r1' } })
  const response = await ask(rig, {}, version)
  expect(response).toMatchObject({
    errorCode: ErrorCode.NONE,
    clusterId: rig.broker.cluster.clusterId,
    controllerId: 7,
    brokers: [{ brokerId: 7, host: '127.0.0.1', port: 9092, rack: 'r1', isFenced: false }],
    clusterAuthorizedOperations: NOT_ASKED,
  })
})

test('the cluster id stays over a restart', async () => {
  const rig = await HandlerRig.start()
  const { clusterId } = await ask(rig)
  expect(clusterId).toMatch(/^[\w-]{22}$/)
  await using restarted = await rig.restart()
  expect((await ask(restarted)).clusterId).toBe(clusterId)
})

test('authorized operations', async () => {
  await using rig = await HandlerRig.start()
  const response = await ask(rig, { includeClusterAuthorizedOperations: true })
  expect(response.clusterAuthorizedOperations).toBe(0b1_1111_1010_0000)
})

test.each([
  [2, ErrorCode.MISMATCHED_ENDPOINT_TYPE],
  [3, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE],
])('endpoint type %i', async (endpointType, errorCode) => {
  await using rig = await HandlerRig.start()
  expect(await ask(rig, { endpointType })).toMatchObject({ errorCode, brokers: [] })
})
