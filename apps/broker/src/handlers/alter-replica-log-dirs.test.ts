import { AlterReplicaLogDirs, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

test.each([1, 2])('a partition can only stay where it is, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const topics = [{ name: 'a', partitions: [0, 1] }]
  const dirs = ['/data', '/elsewhere'].map((path) => ({ path, topics }))
  const { results } = await rig.ask(AlterReplicaLogDirs, version, { dirs })
  const codes = results.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
  expect(codes).toEqual([
    [ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    [ErrorCode.LOG_DIR_NOT_FOUND, ErrorCode.LOG_DIR_NOT_FOUND],
  ])
})
