import { ApiVersions, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const software = { clientSoftwareName: 'apache-kafka-java', clientSoftwareVersion: '4.3.1' }

test('version 4 says all features and which are in force', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const answer = await rig.ask(ApiVersions, 4, software)
  expect(answer.supportedFeatures).toEqual([
    { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 0 },
    { name: 'group.version', minVersion: 0, maxVersion: 1 },
    { name: 'kraft.version', minVersion: 0, maxVersion: 0 },
    { name: 'metadata.version', minVersion: 7, maxVersion: 30 },
    { name: 'share.version', minVersion: 0, maxVersion: 1 },
    { name: 'streams.version', minVersion: 0, maxVersion: 1 },
    { name: 'transaction.version', minVersion: 0, maxVersion: 2 },
  ])
  expect(answer.finalizedFeatures).toEqual([
    { name: 'group.version', maxVersionLevel: 1, minVersionLevel: 1 },
    { name: 'metadata.version', maxVersionLevel: 30, minVersionLevel: 30 },
    { name: 'share.version', maxVersionLevel: 1, minVersionLevel: 1 },
    { name: 'streams.version', maxVersionLevel: 1, minVersionLevel: 1 },
    { name: 'transaction.version', maxVersionLevel: 2, minVersionLevel: 2 },
  ])
  expect(answer.finalizedFeaturesEpoch).toBe(1)
})

test('version 3 leaves out what begins at 0: its clients would throw', async () => {
  await using rig = await HandlerRig.start()
  const answer = await rig.ask(ApiVersions, 3, software)
  expect(answer.supportedFeatures?.map(({ name }) => name)).toEqual(['metadata.version'])
  expect(answer.finalizedFeatures).toHaveLength(5)
})

test.each([0, 1, 2])('version %i has no features', async (version) => {
  await using rig = await HandlerRig.start()
  const answer = await rig.ask(ApiVersions, version, software)
  expect(answer.errorCode).toBe(ErrorCode.NONE)
  expect(answer.supportedFeatures ?? []).toEqual([])
})

test.each(['', '-a', 'a b'])('software of the name %j is refused', async (clientSoftwareName) => {
  await using rig = await HandlerRig.start()
  const answer = await rig.ask(ApiVersions, 4, { ...software, clientSoftwareName })
  expect(answer.errorCode).toBe(ErrorCode.INVALID_REQUEST)
})
