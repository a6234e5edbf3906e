import { SimulatedDisk } from '@pafka/log'
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

test('epochs that ended before they wrote anything end where the next one begins', async () => {
  let disk = SimulatedDisk.create()
  let rig = await HandlerRig.start({ files: disk })
  await rig.createTopic('a')
  const ends = async (): Promise<unknown[]> => {
    const all = [0, 1, 2, 3].map((leaderEpoch) => endOf(rig, { leaderEpoch }))
    return (await Promise.all(all)).map((end) => [end?.leaderEpoch, end?.endOffset])
  }
  const kill = async (): Promise<void> => {
    disk = disk.kill()
    rig = await HandlerRig.start({ files: disk })
  }
  await kill() // epoch 1
  const [none, nowhere] = [[0, 0] as const, [-1, -1] as const]
  expect(await ends()).toEqual([none, [1, 0], nowhere, nowhere])
  await rig.append('a', [{ timestamp: 1 }])
  expect(await ends()).toEqual([none, [1, 1], nowhere, nowhere])
  await kill() // epoch 2
  await kill() // epoch 3
  expect(await ends()).toEqual([none, [1, 1], [1, 1], [3, 1]])
  await rig.append('a', [{ timestamp: 1 }])
  expect(await ends()).toEqual([none, [1, 1], [1, 1], [3, 2]])
})
