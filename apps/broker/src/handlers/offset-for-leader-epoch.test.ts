import { ErrorCode, OffsetForLeaderEpoch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

interface Asked {
  readonly partition?: number
  readonly currentLeaderEpoch?: number
  readonly leaderEpoch?: number
}

async function endOf(rig: HandlerRig, asked: Asked, version = 4) {
  const partition = { partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0, ...asked }
  const topics = [{ topic: 'a', partitions: [partition] }]
  const response = await rig.ask(OffsetForLeaderEpoch, version, { replicaId: -1, topics })
  return response.topics[0]?.partitions[0]
}

test.each([2, 3, 4])('the end of the current epoch, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const known = { errorCode: ErrorCode.NONE, leaderEpoch: 0 }
  expect(await endOf(rig, {}, version)).toMatchObject({ ...known, endOffset: 0 })
  await rig.append('a', [{ timestamp: 1 }, { timestamp: 2 }])
  expect(await endOf(rig, {}, version)).toMatchObject({ ...known, endOffset: 2 })
})

test('what is not known', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const nowhere = { leaderEpoch: -1, endOffset: -1 }
  expect(await endOf(rig, { leaderEpoch: 5 })).toMatchObject({ errorCode: 0, ...nowhere })
  expect(await endOf(rig, { partition: 1 })).toMatchObject({
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ...nowhere,
  })
  expect(await endOf(rig, { currentLeaderEpoch: 1 })).toMatchObject({
    errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH,
    ...nowhere,
  })
})
