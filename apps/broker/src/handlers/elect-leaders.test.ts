import { ElectLeaders, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const PREFERRED = 0

test.each([0, 1, 2])('no election is needed, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const ask = (topicPartitions: { topic: string; partitions: number[] }[] | null) =>
    rig.ask(ElectLeaders, version, { electionType: PREFERRED, topicPartitions, timeoutMs: 1000 })
  const named = await ask([
    { topic: 'a', partitions: [0, 1] },
    { topic: 'b', partitions: [0] },
  ])
  expect(named.replicaElectionResults).toMatchObject([
    {
      topic: 'a',
      partitionResult: [
        { partitionId: 0, errorCode: ErrorCode.ELECTION_NOT_NEEDED },
        { partitionId: 1, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
      ],
    },
    { topic: 'b', partitionResult: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] },
  ])
  const all = await ask(null)
  expect(all).toMatchObject({
    errorCode: ErrorCode.NONE,
    replicaElectionResults: [{ topic: 'a', partitionResult: [] }],
  })
})

test('an unknown kind of election', async () => {
  await using rig = await HandlerRig.start()
  const topicPartitions = [{ topic: 'a', partitions: [3] }]
  const request = { electionType: 2, topicPartitions, timeoutMs: 1000 }
  const errorCode = ErrorCode.INVALID_REQUEST
  expect(await rig.ask(ElectLeaders, 2, request)).toMatchObject({
    errorCode,
    replicaElectionResults: [{ topic: 'a', partitionResult: [{ partitionId: 3, errorCode }] }],
  })
  const all = await rig.ask(ElectLeaders, 2, { ...request, topicPartitions: null })
  expect(all).toMatchObject({ errorCode, replicaElectionResults: [] })
})
